package dev.millrace.kernels.weights;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * One safetensors file: the weights of F32, F16 and BF16 in it. Tensors of integers and booleans (position ids, masks:
 * buffers, not weights) are left out.
 *
 * @see <a href="https://github.com/huggingface/safetensors#format">safetensors, format</a>
 */
public final class SafetensorsFile implements WeightFile {
    /** The limit of the reference implementation. */
    private static final long HEADER_LIMIT = 100_000_000;

    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final Set<String> BUFFERS = Set.of("BOOL", "U8", "I8", "U16", "I16", "U32", "I32", "U64", "I64");

    private final Path path;
    private final Arena arena;
    private final Set<String> buffers = new LinkedHashSet<>();
    private final Map<String, Tensor> tensors;

    private SafetensorsFile(Path path, Arena arena, MemorySegment data) throws MalformedFileException {
        this.path = path;
        this.arena = arena;
        this.tensors = Collections.unmodifiableMap(read(data));
    }

    /**
     * Maps {@code path} and reads its header.
     *
     * @throws MalformedFileException if it is not a safetensors file that can be used
     */
    @SuppressWarnings("MustBeClosedChecker") // the arena is the file's, which closes it
    public static SafetensorsFile open(Path path) throws IOException {
        Arena arena = Arena.ofShared();
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            MemorySegment data = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
            return new SafetensorsFile(path, arena, data);
        } catch (IOException | RuntimeException e) {
            arena.close();
            throw e;
        }
    }

    @Override
    public Path path() {
        return path;
    }

    @Override
    public Map<String, Tensor> tensors() {
        return tensors;
    }

    /** Names of what was left out. */
    Set<String> buffers() {
        return Collections.unmodifiableSet(buffers);
    }

    @Override
    public void close() {
        arena.close();
    }

    private Map<String, Tensor> read(MemorySegment data) throws MalformedFileException {
        if (data.byteSize() < 8) {
            throw malformed("is " + data.byteSize() + " bytes long, expected at least 8: it is cut short");
        }
        long length = data.get(LONG, 0);
        long most = Math.min(HEADER_LIMIT, data.byteSize() - 8);
        if (length < 0 || length > most) {
            throw malformed("header length is " + Long.toUnsignedString(length) + ", expected at most " + most
                    + ": the file is cut short or not a safetensors file");
        }
        String header = new String(data.asSlice(8, length).toArray(JAVA_BYTE), StandardCharsets.UTF_8);
        MemorySegment weights = data.asSlice(8 + length);
        Map<String, Tensor> result = new LinkedHashMap<>();
        for (Map.Entry<String, Json.Value> member :
                members("header", parse(header)).entrySet()) {
            if (!member.getKey().equals("__metadata__")) {
                addTensor(result, member.getKey(), member.getValue(), weights);
            }
        }
        return result;
    }

    private Json.Value parse(String header) throws MalformedFileException {
        try {
            return Json.parse(header);
        } catch (Json.SyntaxException e) {
            throw malformed("header " + e.problem());
        }
    }

    private void addTensor(Map<String, Tensor> result, String name, Json.Value value, MemorySegment weights)
            throws MalformedFileException {
        String tensor = "tensor \"" + name + "\"";
        Map<String, Json.Value> members = members(tensor, value);
        if (!(members.get("dtype") instanceof Json.Value.Text(String dtype))) {
            throw malformed(tensor + " has no \"dtype\", expected one such as \"BF16\"");
        }
        if (BUFFERS.contains(dtype)) {
            buffers.add(name);
            return;
        }
        TensorType type = switch (dtype) {
            case "F32" -> TensorType.F32;
            case "F16" -> TensorType.F16;
            case "BF16" -> TensorType.BF16;
            default -> throw malformed(tensor + " has dtype \"" + dtype + "\", readable are F32, F16 and BF16");
        };
        List<Long> shape = integers(tensor, "shape", members);
        List<Long> offsets = integers(tensor, "data_offsets", members);
        if (offsets.size() != 2 || offsets.get(0) > offsets.get(1) || offsets.get(1) > weights.byteSize()) {
            throw malformed(tensor + " has data_offsets " + offsets + ", expected [begin, end] with begin <= end <= "
                    + weights.byteSize() + ", the file's end: the file is cut short or its header is wrong");
        }
        long bytes = offsets.get(1) - offsets.get(0);
        if (bytes != bytes(tensor, type, shape)) {
            throw malformed(tensor + " of " + dtype + " " + shape + " has " + bytes
                    + " bytes in data_offsets, expected " + bytes(tensor, type, shape));
        }
        result.put(name, new Tensor(name, type, shape, weights.asSlice(offsets.get(0), bytes)));
    }

    private long bytes(String tensor, TensorType type, List<Long> shape) throws MalformedFileException {
        try {
            long elements = 1;
            for (long size : shape) {
                elements = Math.multiplyExact(elements, size);
            }
            return type.bytes(elements);
        } catch (ArithmeticException _) {
            throw malformed(tensor + " has shape " + shape + ", expected at most 2^63 - 1 bytes");
        }
    }

    private Map<String, Json.Value> members(String what, Json.Value value) throws MalformedFileException {
        if (value instanceof Json.Value.Members(Map<String, Json.Value> members)) {
            return members;
        }
        throw malformed(what + " is not a JSON object, expected one");
    }

    private List<Long> integers(String tensor, String member, Map<String, Json.Value> members)
            throws MalformedFileException {
        if (!(members.get(member) instanceof Json.Value.Elements(List<Json.Value> elements))) {
            throw malformed(tensor + " has no \"" + member + "\", expected an array of integers");
        }
        List<Long> result = new ArrayList<>();
        for (Json.Value element : elements) {
            if (!(element instanceof Json.Value.Int(long number)) || number < 0) {
                throw malformed(tensor + " has \"" + member + "\" " + elements + ", expected integers of 0 or more");
            }
            result.add(number);
        }
        return result;
    }

    private MalformedFileException malformed(String problem) {
        return new MalformedFileException(path, problem);
    }
}
