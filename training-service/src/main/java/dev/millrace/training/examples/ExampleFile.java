package dev.millrace.training.examples;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/** The examples of a file that {@link ExampleWriter} wrote, mapped: however many, they take no memory of the heap. */
public final class ExampleFile implements Examples, AutoCloseable {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private final Arena arena = Arena.ofShared();
    private final MemorySegment data;
    private final MemorySegment index;

    public ExampleFile(Path file) throws IOException {
        try {
            this.data = map(file);
            this.index = map(ExampleWriter.index(file));
        } catch (IOException | RuntimeException e) {
            arena.close();
            throw e;
        }
    }

    private MemorySegment map(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file)) {
            return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
        }
    }

    @Override
    public int size() {
        return Math.toIntExact(index.byteSize() / 8 - 1);
    }

    @Override
    public Example get(int number) {
        long at = index.get(LONG, 8L * number);
        int count = data.get(INT, at);
        at += 4;
        List<Sequence> sequences = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            int[] ids = new int[data.get(INT, at)];
            at += 4;
            MemorySegment.copy(data, INT, at, ids, 0, ids.length);
            at += 4L * ids.length;
            BitSet scored = new BitSet();
            for (int token = 0; token < ids.length; token++) {
                scored.set(token, data.get(ValueLayout.JAVA_BYTE, at + token) != 0);
            }
            at += ids.length;
            sequences.add(new Sequence(ids, scored));
        }
        return new Example(sequences);
    }

    @Override
    public void close() {
        arena.close();
    }
}
