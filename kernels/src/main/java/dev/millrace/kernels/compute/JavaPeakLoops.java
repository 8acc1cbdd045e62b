package dev.millrace.kernels.compute;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The loops where there is no C library: its kernels multiply floats only. */
final class JavaPeakLoops implements PeakLoops {
    private final Arena arena = Arena.ofShared();
    private final String name;
    private final Fmas fmas;
    private MemorySegment memory = MemorySegment.NULL;

    /** A number of rounds of fused multiply-adds; returns how many they were. */
    @FunctionalInterface
    interface Fmas {
        long run(long rounds);
    }

    JavaPeakLoops(String name, Fmas fmas) {
        this.name = name;
        this.fmas = fmas;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public boolean multipliesBytes() {
        return false;
    }

    @Override
    public long int8(long rounds) {
        throw new UnsupportedOperationException("the kernels in Java multiply floats");
    }

    @Override
    public long float32(long rounds) {
        return fmas.run(rounds);
    }

    @Override
    public void prepare(long bytes) {
        memory = arena.allocate(bytes, 64).fill((byte) 1);
    }

    @Override
    public long read(long at, long bytes) {
        long stream = bytes / 64 * 16;
        long a = 0;
        long b = 0;
        long c = 0;
        long d = 0;
        for (long i = at; i < at + stream; i += 16) {
            a |= memory.get(ValueLayout.JAVA_LONG, i) | memory.get(ValueLayout.JAVA_LONG, i + 8);
            b |= memory.get(ValueLayout.JAVA_LONG, i + stream) | memory.get(ValueLayout.JAVA_LONG, i + stream + 8);
            c |= memory.get(ValueLayout.JAVA_LONG, i + 2 * stream)
                    | memory.get(ValueLayout.JAVA_LONG, i + 2 * stream + 8);
            d |= memory.get(ValueLayout.JAVA_LONG, i + 3 * stream)
                    | memory.get(ValueLayout.JAVA_LONG, i + 3 * stream + 8);
        }
        SINK.addAndGet(a | b | c | d);
        return 4 * stream;
    }

    @Override
    public void close() {
        arena.close();
    }
}
