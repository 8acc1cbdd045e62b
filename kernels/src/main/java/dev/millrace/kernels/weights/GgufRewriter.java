package dev.millrace.kernels.weights;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;

/**
 * Writes a GGUF file anew with some of its tensors changed. Keys and all other tensors stay as they are, to the bit.
 *
 * @see <a href="https://github.com/ggml-org/ggml/blob/master/docs/gguf.md">GGUF</a>
 */
public final class GgufRewriter {

    private GgufRewriter() {}

    /**
     * What a tensor becomes; its shape stays.
     *
     * @param type of its elements
     * @param content makes them
     */
    public record Change(TensorType type, Content content) {}

    /** A tensor's new elements. */
    public interface Content {
        /**
         * Makes them.
         *
         * @param original as it is in the file that is read
         * @param arena gets them
         * @return exactly the bytes that the type takes for the shape, row after row
         */
        MemorySegment of(Tensor original, Arena arena) throws IOException;
    }

    /**
     * Writes a file, which is there whole or not at all, and on the disk before this returns.
     *
     * @param changes by tensors' names, all of which the file has
     */
    public static void write(GgufFile file, Map<String, Change> changes, Path out) throws IOException {
        for (String name : changes.keySet()) {
            file.tensor(name);
        }
        Path partial = out.resolveSibling(out.getFileName() + ".part");
        try (FileChannel channel = FileChannel.open(
                partial, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            SegmentWriter.write(channel, file.head());
            SegmentWriter.write(channel, MemorySegment.ofArray(entries(file, changes)));
            for (Tensor tensor : file.tensors().values()) {
                pad(channel, file.alignment());
                drain(channel, tensor, changes);
            }
            pad(channel, file.alignment());
            channel.force(true);
        } catch (IOException | RuntimeException failure) {
            Files.deleteIfExists(partial);
            throw failure;
        }
        Files.move(partial, out, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }

    /** Names, shapes, types and places. */
    private static byte[] entries(GgufFile file, Map<String, Change> changes) throws IOException {
        ByteArrayOutputStream entries = new ByteArrayOutputStream();
        long place = 0;
        for (Tensor tensor : file.tensors().values()) {
            TensorType type = type(tensor, changes);
            byte[] name = tensor.name().getBytes(StandardCharsets.UTF_8);
            List<Long> shape = tensor.shape();
            ByteBuffer entry = ByteBuffer.allocate(8 + name.length + 4 + 8 * shape.size() + 4 + 8)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(name.length)
                    .put(name)
                    .putInt(shape.size());
            shape.reversed().forEach(entry::putLong);
            entries.writeBytes(entry.putInt(type.ggmlId()).putLong(place).array());
            place = aligned(place + type.bytes(tensor.elements()), file.alignment());
        }
        return entries.toByteArray();
    }

    private static TensorType type(Tensor tensor, Map<String, Change> changes) {
        Change change = changes.get(tensor.name());
        return change == null ? tensor.type() : change.type();
    }

    private static long aligned(long place, long alignment) {
        return (place + alignment - 1) / alignment * alignment;
    }

    private static void drain(FileChannel channel, Tensor tensor, Map<String, Change> changes) throws IOException {
        Change change = changes.get(tensor.name());
        if (change == null) {
            SegmentWriter.write(channel, tensor.data());
            return;
        }
        try (Arena arena = Arena.ofShared()) {
            MemorySegment content = change.content().of(tensor, arena);
            long expected = change.type().bytes(tensor.elements());
            if (content.byteSize() != expected) {
                throw new IllegalStateException("tensor " + tensor.name() + " of " + change.type() + " takes "
                        + expected + " bytes, was given " + content.byteSize());
            }
            SegmentWriter.write(channel, content);
        }
    }

    private static void pad(FileChannel channel, long alignment) throws IOException {
        long position = channel.position();
        SegmentWriter.write(channel, MemorySegment.ofArray(new byte[(int) (aligned(position, alignment) - position)]));
    }
}
