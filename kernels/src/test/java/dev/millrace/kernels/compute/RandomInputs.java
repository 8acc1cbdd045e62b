package dev.millrace.kernels.compute;

import dev.millrace.kernels.weights.Tensor;
import dev.millrace.kernels.weights.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Random;

/** Weights and activations from one seed, which is printed. */
final class RandomInputs {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;

    private final Random random;
    private final Arena arena;

    RandomInputs(Arena arena) {
        this(arena, new Random().nextLong());
    }

    RandomInputs(Arena arena, long seed) {
        System.out.println("seed of random inputs: " + seed);
        this.random = new Random(seed);
        this.arena = arena;
    }

    int below(int bound) {
        return random.nextInt(bound);
    }

    /** Normally distributed, with an outlier now and then as real activations have. */
    MemorySegment floats(long count) {
        MemorySegment result = arena.allocate(4 * Math.max(1, count), 64);
        for (long i = 0; i < count; i++) {
            float outlier = random.nextInt(64) == 0 ? 10 : 1;
            result.setAtIndex(FLOAT, i, (float) random.nextGaussian() * outlier);
        }
        return result;
    }

    MemorySegment zeros(long count) {
        return arena.allocate(4 * Math.max(1, count), 64);
    }

    /** Random blocks whose elements are of the order of 0.05, as real weights are. */
    Tensor tensor(TensorType type, int rows, int columns) {
        byte[] bytes = new byte[(int) type.bytes((long) rows * columns)];
        random.nextBytes(bytes);
        MemorySegment data = arena.allocate(bytes.length, 64).copyFrom(MemorySegment.ofArray(bytes));
        int blocks = bytes.length / type.blockBytes();
        for (int block = 0; block < blocks; block++) {
            long at = (long) block * type.blockBytes();
            switch (type) {
                case F32 -> data.set(FLOAT, at, (float) random.nextGaussian() * 0.05f);
                case F16 -> half(data, at, 0.05f);
                case BF16 ->
                    data.set(SHORT, at, (short) (Float.floatToRawIntBits((float) random.nextGaussian() * 0.05f) >> 16));
                case Q4_0, Q5_0 -> half(data, at, 0.01f);
                case Q8_0 -> half(data, at, 0.001f);
                case Q4_1, Q5_1 -> {
                    half(data, at, 0.01f);
                    half(data, at + 2, 0.05f);
                }
                case Q2_K -> {
                    half(data, at + 80, 0.01f);
                    half(data, at + 82, 0.005f);
                }
                case Q3_K -> half(data, at + 108, 0.001f);
                case Q4_K, Q5_K -> {
                    half(data, at, 0.0003f);
                    half(data, at + 2, 0.001f);
                }
                case Q6_K -> half(data, at + 208, 0.00005f);
            }
        }
        return new Tensor("random " + type, type, List.of((long) rows, (long) columns), data);
    }

    private void half(MemorySegment data, long at, float size) {
        data.set(SHORT, at, Float.floatToFloat16((float) random.nextGaussian() * size));
    }
}
