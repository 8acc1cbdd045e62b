package dev.millrace.training.adapter;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.index.NDIndex;
import dev.millrace.kernels.weights.SegmentWriter;
import dev.millrace.kernels.weights.TensorType;
import dev.millrace.training.model.Arrays64;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/**
 * Writes tensors, each made when it is its turn: however large they are, memory holds one of them at most.
 *
 * @see <a href="https://github.com/huggingface/safetensors#format">safetensors, format</a>
 */
public final class SafetensorsWriter {
    private static final int ALIGNMENT = 8;
    /** Elements that are on their way at a time. */
    private static final long PIECE = 1 << 20;

    private SafetensorsWriter() {}

    /**
     * A tensor on its way to a file.
     *
     * @param type F32, F16 or BF16
     * @param shape slowest dimension first
     */
    public record Entry(TensorType type, List<Long> shape, Elements elements) {
        public Entry {
            shape = List.copyOf(shape);
        }

        /** An array of torch's, rounded to float32. */
        public static Entry of(NDArray array) {
            List<Long> shape =
                    Arrays.stream(array.getShape().getShape()).boxed().toList();
            return new Entry(TensorType.F32, shape, channel -> drain(channel, array));
        }

        private long bytes() {
            return type.bytes(shape.stream().reduce(1L, (some, more) -> some * more));
        }
    }

    /** A tensor's elements. */
    public interface Elements {
        /** Writes them, row after row, little endian. */
        void writeTo(FileChannel channel) throws IOException;
    }

    /** Writes the tensors in their order, and brings the file to the disk before it returns. */
    public static void write(Path file, Map<String, Entry> tensors) throws IOException {
        Map<String, Object> header = new LinkedHashMap<>();
        header.put("__metadata__", Map.of("format", "pt"));
        long position = 0;
        for (Map.Entry<String, Entry> tensor : tensors.entrySet()) {
            long end = position + tensor.getValue().bytes();
            Map<String, Object> entry = new LinkedHashMap<>();
            entry.put("dtype", tensor.getValue().type.name());
            entry.put("shape", tensor.getValue().shape);
            entry.put("data_offsets", List.of(position, end));
            header.put(tensor.getKey(), entry);
            position = end;
        }
        byte[] json = JsonMapper.shared().writeValueAsString(header).getBytes(StandardCharsets.UTF_8);
        int padded = (json.length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        ByteBuffer head = ByteBuffer.allocate(8 + padded).order(ByteOrder.LITTLE_ENDIAN);
        head.putLong(padded).put(json);
        while (head.hasRemaining()) {
            head.put((byte) ' ');
        }
        head.flip();
        try (FileChannel channel = FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            SegmentWriter.write(channel, MemorySegment.ofBuffer(head));
            for (Map.Entry<String, Entry> tensor : tensors.entrySet()) {
                long before = channel.position();
                tensor.getValue().elements.writeTo(channel);
                long written = channel.position() - before;
                if (written != tensor.getValue().bytes()) {
                    throw new IllegalStateException("tensor " + tensor.getKey() + " takes "
                            + tensor.getValue().bytes() + " bytes, " + written + " were written");
                }
            }
            channel.force(true);
        }
    }

    private static void drain(FileChannel channel, NDArray array) throws IOException {
        try (NDArray flat = array.reshape(array.size())) {
            for (long from = 0; from < array.size(); from += PIECE) {
                float[] values;
                try (NDArray piece = flat.get(new NDIndex("{}:{}", from, Math.min(array.size(), from + PIECE)))) {
                    values = Arrays64.floats(piece);
                }
                ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
                bytes.asFloatBuffer().put(values);
                SegmentWriter.write(channel, MemorySegment.ofBuffer(bytes));
            }
        }
    }
}
