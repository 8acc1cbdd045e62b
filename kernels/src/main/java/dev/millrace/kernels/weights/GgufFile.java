package dev.millrace.kernels.weights;

import dev.millrace.kernels.weights.GgufMetadata.Value;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A GGUF file of version 2 or 3, little-endian: the format of llama.cpp's models.
 *
 * @see <a href="https://github.com/ggml-org/ggml/blob/master/docs/gguf.md">GGUF</a>
 */
public final class GgufFile implements WeightFile {
    private static final int MAGIC = 'G' | 'G' << 8 | 'U' << 16 | 'F' << 24;
    private static final long DEFAULT_ALIGNMENT = 32;
    private static final int MAX_DIMENSIONS = 4;
    /** What a hostile file may make us hold; the largest known has some 2,000. */
    private static final int MAX_TENSORS = 1_000_000;

    private static final int MAX_KEYS = 1_000_000;

    private final Path path;
    private final Arena arena;
    private final int version;
    private final GgufMetadata metadata;
    private final MemorySegment head;
    private final Map<String, Tensor> tensors;

    private GgufFile(Path path, Arena arena, MemorySegment data) throws MalformedFileException {
        this.path = path;
        this.arena = arena;
        GgufReader reader = new GgufReader(path, data);
        this.version = readVersion(reader);
        int tensorCount = limited(reader, "tensor count", reader.count("tensor count", 24), MAX_TENSORS);
        int keyCount = limited(reader, "key count", reader.count("key count", 13), MAX_KEYS);
        this.metadata = new GgufMetadata(path, readMetadata(reader, keyCount));
        this.head = data.asSlice(0, reader.position());
        refuseParts();
        List<Entry> entries = readEntries(reader, tensorCount);
        this.tensors = Collections.unmodifiableMap(map(data, reader.position(), entries));
    }

    /**
     * Maps {@code path} and reads its header.
     *
     * @throws MalformedFileException if it is not a GGUF file that can be used; nothing outside the file is ever read
     */
    @SuppressWarnings("MustBeClosedChecker") // the arena is the file's, which closes it
    public static GgufFile open(Path path) throws IOException {
        Arena arena = Arena.ofShared();
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            MemorySegment data = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
            return new GgufFile(path, arena, data);
        } catch (IOException | RuntimeException e) {
            arena.close();
            throw e;
        }
    }

    @Override
    public Path path() {
        return path;
    }

    /** 2 or 3. */
    public int version() {
        return version;
    }

    public GgufMetadata metadata() {
        return metadata;
    }

    /** All that stands before the tensors' names: the counts and the keys, as they lie in the file. */
    MemorySegment head() {
        return head;
    }

    /** What each tensor's place in the file is a multiple of, in bytes. */
    long alignment() throws MalformedFileException {
        return metadata.integer("general.alignment").orElse(DEFAULT_ALIGNMENT);
    }

    @Override
    public Map<String, Tensor> tensors() {
        return tensors;
    }

    @Override
    public void close() {
        arena.close();
    }

    private static int readVersion(GgufReader reader) throws MalformedFileException {
        int magic = reader.int32("magic");
        if (magic != MAGIC) {
            throw reader.malformed(
                    String.format("starts with 0x%08x, expected 0x%08x (\"GGUF\"): not a GGUF file", magic, MAGIC));
        }
        int version = reader.int32("version");
        if (version != 2 && version != 3) {
            boolean swapped = Integer.reverseBytes(version) == 2 || Integer.reverseBytes(version) == 3;
            throw reader.malformed("version is " + Integer.toUnsignedString(version) + ", expected 2 or 3"
                    + (swapped ? ": the file is big-endian, only little-endian ones can be read" : ""));
        }
        return version;
    }

    private static int limited(GgufReader reader, String what, int value, int most) throws MalformedFileException {
        if (value > most) {
            throw reader.malformed(what + " is " + value + ", expected at most " + most);
        }
        return value;
    }

    private static Map<String, Value> readMetadata(GgufReader reader, int count) throws MalformedFileException {
        Map<String, Value> values = new LinkedHashMap<>();
        for (int i = 0; i < count; i++) {
            String key = reader.string("key " + i);
            Value value = readValue(reader, key);
            if (values.put(key, value) != null) {
                throw reader.malformed("key \"" + key + "\" is there twice, expected once");
            }
        }
        return values;
    }

    private static Value readValue(GgufReader reader, String key) throws MalformedFileException {
        String what = "value of \"" + key + "\"";
        int type = reader.int32("type of \"" + key + "\"");
        return switch (type) {
            case 6 -> new Value.Real(reader.float32(what));
            case 7 -> new Value.Flag(flag(reader, what));
            case 8 -> new Value.Text(reader.string(what));
            case 9 -> readArray(reader, what);
            case 12 -> new Value.Real(reader.float64(what));
            default -> new Value.Int(integer(reader, type, what));
        };
    }

    private static Value readArray(GgufReader reader, String what) throws MalformedFileException {
        int type = reader.int32("element type of " + what);
        String length = "length of " + what;
        return switch (type) {
            case 6, 12 -> {
                double[] values = new double[reader.count(length, type == 6 ? 4 : 8)];
                for (int i = 0; i < values.length; i++) {
                    values[i] = type == 6 ? reader.float32(what) : reader.float64(what);
                }
                yield new Value.Reals(values);
            }
            case 7 -> {
                boolean[] values = new boolean[reader.count(length, 1)];
                for (int i = 0; i < values.length; i++) {
                    values[i] = flag(reader, what);
                }
                yield new Value.Flags(values);
            }
            case 8 -> {
                String[] values = new String[reader.count(length, 8)];
                for (int i = 0; i < values.length; i++) {
                    values[i] = reader.string(what);
                }
                yield new Value.Texts(Collections.unmodifiableList(Arrays.asList(values)));
            }
            case 9 -> throw reader.malformed(what + " is an array of arrays, expected numbers, booleans or strings");
            default -> {
                int bytes = switch (type) {
                    case 0, 1 -> 1;
                    case 2, 3 -> 2;
                    case 4, 5 -> 4;
                    default -> 8;
                };
                long[] values = new long[reader.count(length, bytes)];
                for (int i = 0; i < values.length; i++) {
                    values[i] = integer(reader, type, what);
                }
                if (values.length == 0 && (type < 0 || type > 12)) {
                    throw unknownType(reader, type, what);
                }
                yield new Value.Ints(values);
            }
        };
    }

    private static long integer(GgufReader reader, int type, String what) throws MalformedFileException {
        return switch (type) {
            case 0 -> Byte.toUnsignedLong(reader.int8(what));
            case 1 -> reader.int8(what);
            case 2 -> Short.toUnsignedLong(reader.int16(what));
            case 3 -> reader.int16(what);
            case 4 -> Integer.toUnsignedLong(reader.int32(what));
            case 5 -> reader.int32(what);
            case 10 -> reader.uint63(what);
            case 11 -> reader.int64(what);
            default -> throw unknownType(reader, type, what);
        };
    }

    private static MalformedFileException unknownType(GgufReader reader, int type, String what) {
        return reader.malformed(what + " has type " + Integer.toUnsignedString(type) + ", expected 0 to 12");
    }

    private static boolean flag(GgufReader reader, String what) throws MalformedFileException {
        byte value = reader.int8(what);
        if (value != 0 && value != 1) {
            throw reader.malformed(what + " is " + value + ", expected 0 or 1");
        }
        return value == 1;
    }

    private void refuseParts() throws MalformedFileException {
        long parts = metadata.integer("split.count").orElse(1);
        if (parts > 1) {
            throw new MalformedFileException(
                    path,
                    "is one of " + parts
                            + " parts of a model (key \"split.count\"), expected the whole model in one file:"
                            + " llama-gguf-split --merge joins them");
        }
    }

    /** What the header says of a tensor. */
    private record Entry(String name, TensorType type, List<Long> shape, long offset, long bytes) {}

    private static List<Entry> readEntries(GgufReader reader, int count) throws MalformedFileException {
        List<Entry> entries = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            entries.add(readEntry(reader, i));
        }
        return entries;
    }

    private static Entry readEntry(GgufReader reader, int index) throws MalformedFileException {
        String name = reader.string("name of tensor " + index);
        String tensor = "tensor \"" + name + "\"";
        int dimensions = reader.int32("number of dimensions of " + tensor);
        if (dimensions < 0 || dimensions > MAX_DIMENSIONS) {
            throw reader.malformed(tensor + " has " + Integer.toUnsignedString(dimensions)
                    + " dimensions, expected at most " + MAX_DIMENSIONS);
        }
        Long[] shape = new Long[dimensions];
        for (int i = dimensions - 1; i >= 0; i--) {
            shape[i] = reader.uint63("a dimension of " + tensor);
        }
        int typeId = reader.int32("type of " + tensor);
        TensorType type = GgmlTypes.readable(typeId)
                .orElseThrow(() -> reader.malformed(tensor + " has type " + GgmlTypes.name(typeId) + ", readable are "
                        + Arrays.stream(TensorType.values()).map(Enum::name).collect(Collectors.joining(", "))));
        long offset = reader.uint63("offset of " + tensor);
        return new Entry(name, type, List.of(shape), offset, bytes(reader, tensor, type, List.of(shape)));
    }

    private static long bytes(GgufReader reader, String tensor, TensorType type, List<Long> shape)
            throws MalformedFileException {
        long columns = shape.isEmpty() ? 1 : shape.getLast();
        if (columns % type.blockElements() != 0) {
            throw reader.malformed(tensor + " of " + type + " has shape " + shape
                    + ", expected a last dimension that is a multiple of " + type.blockElements());
        }
        try {
            long elements = 1;
            for (long size : shape) {
                elements = Math.multiplyExact(elements, size);
            }
            return type.bytes(elements);
        } catch (ArithmeticException _) {
            throw reader.malformed(tensor + " has shape " + shape + ", expected at most 2^63 - 1 bytes");
        }
    }

    private Map<String, Tensor> map(MemorySegment data, long headerEnd, List<Entry> entries)
            throws MalformedFileException {
        long alignment = metadata.integer("general.alignment").orElse(DEFAULT_ALIGNMENT);
        if (alignment < 1 || alignment > 1 << 30 || Long.bitCount(alignment) != 1) {
            throw new MalformedFileException(
                    path, "key \"general.alignment\" is " + alignment + ", expected a power of two up to 2^30");
        }
        long start = (headerEnd + alignment - 1) / alignment * alignment;
        Map<String, Tensor> result = new LinkedHashMap<>();
        for (Entry entry : entries) {
            String tensor = "tensor \"" + entry.name + "\"";
            if (entry.offset % alignment != 0) {
                throw new MalformedFileException(
                        path, tensor + " has offset " + entry.offset + ", expected a multiple of " + alignment);
            }
            long room = Math.max(0, data.byteSize() - start) - entry.offset;
            if (entry.bytes > room) {
                throw new MalformedFileException(
                        path,
                        tensor + " of " + entry.type + " " + entry.shape + " takes " + entry.bytes + " bytes at offset "
                                + entry.offset + ", expected at most " + Math.max(0, room)
                                + " until the file's end: the file is cut short or its header is wrong");
            }
            MemorySegment slice =
                    entry.bytes == 0 ? MemorySegment.NULL : data.asSlice(start + entry.offset, entry.bytes);
            if (result.put(entry.name, new Tensor(entry.name, entry.type, entry.shape, slice)) != null) {
                throw new MalformedFileException(path, tensor + " is there twice, expected once");
            }
        }
        return result;
    }
}
