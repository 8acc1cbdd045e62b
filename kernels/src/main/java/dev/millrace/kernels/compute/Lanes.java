package dev.millrace.kernels.compute;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * The registers of this machine: as many float32 lanes as it has, at most a panel's 16 rows. Loaded only where the module
 * {@code jdk.incubator.vector} is present.
 *
 * <p>What is written with them must have its results from exact or correctly rounded operations alone (no EXP, no
 * reduceLanes of sums): before and after it is compiled, and at any width, an element must be the same bit by bit.
 */
final class Lanes {
    static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED.length() > PanelFormat.ROWS
            ? FloatVector.SPECIES_512
            : FloatVector.SPECIES_PREFERRED;

    static final VectorSpecies<Integer> INTS = VectorSpecies.of(int.class, FLOATS.vectorShape());
    static final int COUNT = FLOATS.length();

    private static final VectorSpecies<Short> SHORTS =
            VectorSpecies.of(short.class, VectorShape.forBitSize(FLOATS.vectorBitSize() / 2));
    /** The smallest registers have 64 bits: of four lanes' bytes, four more are read. */
    private static final VectorSpecies<Byte> BYTES =
            VectorSpecies.of(byte.class, VectorShape.forBitSize(Math.max(64, FLOATS.vectorBitSize() / 4)));

    private static final int HALF_INFINITE = 0x7c00 << 13;

    private Lanes() {}

    static IntVector words(MemorySegment data, long at) {
        return IntVector.fromMemorySegment(INTS, data, at, ByteOrder.LITTLE_ENDIAN);
    }

    /** Unsigned. */
    private static IntVector shorts(MemorySegment data, long at) {
        return (IntVector) ShortVector.fromMemorySegment(SHORTS, data, at, ByteOrder.LITTLE_ENDIAN)
                .convertShape(VectorOperators.ZERO_EXTEND_S2I, INTS, 0);
    }

    /** Unsigned. */
    static IntVector bytes(MemorySegment data, long at) {
        return (IntVector) ByteVector.fromMemorySegment(BYTES, data, at, ByteOrder.LITTLE_ENDIAN)
                .convertShape(VectorOperators.ZERO_EXTEND_B2I, INTS, 0);
    }

    static FloatVector bfloats(MemorySegment data, long at) {
        return shorts(data, at).lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
    }

    /** Widens float16: its bits are those of a float32 whose exponent is too small by 112. */
    static FloatVector halves(MemorySegment data, long at) {
        IntVector half = shorts(data, at);
        IntVector magnitude = half.and(0x7fff).lanewise(VectorOperators.LSHL, 13);
        IntVector bits = magnitude.reinterpretAsFloats().mul(0x1p112f).reinterpretAsInts();
        return bits.lanewise(VectorOperators.OR, 0x7f800000, magnitude.compare(VectorOperators.GE, HALF_INFINITE))
                .or(half.and(0x8000).lanewise(VectorOperators.LSHL, 16))
                .reinterpretAsFloats();
    }

    static FloatVector floats(IntVector whole) {
        return (FloatVector) whole.convertShape(VectorOperators.I2F, FLOATS, 0);
    }

    /** The sum of lanes in one order; {@code lanes} is overwritten. */
    static float sum(float[] lanes, int at) {
        for (int width = COUNT / 2; width > 0; width /= 2) {
            for (int i = 0; i < width; i++) {
                lanes[at + i] += lanes[at + i + width];
            }
        }
        return lanes[at];
    }

    /** {@code count} filled up to whole registers. */
    static int padded(int count) {
        return Math.ceilDiv(count, COUNT) * COUNT;
    }

    /** e^x to 2 ulp, as in lanes.h: 0 below -87, infinity above 88. */
    static FloatVector exp(FloatVector x) {
        FloatVector bounded = x.min(88f).max(-87f);
        // adding 1.5 * 2^23 leaves no bits behind the point: rounds to the nearest whole number
        FloatVector n = bounded.mul(1.442695f).add(0x1.8p23f).sub(0x1.8p23f);
        FloatVector r = FloatVector.broadcast(FLOATS, 0.00021219444f)
                .fma(n, FloatVector.broadcast(FLOATS, -0.6933594f).fma(n, bounded));
        FloatVector p = FloatVector.broadcast(FLOATS, 0.00019875691f);
        p = p.fma(r, FloatVector.broadcast(FLOATS, 0.0013981999f));
        p = p.fma(r, FloatVector.broadcast(FLOATS, 0.008333452f));
        p = p.fma(r, FloatVector.broadcast(FLOATS, 0.041665796f));
        p = p.fma(r, FloatVector.broadcast(FLOATS, 0.16666666f));
        p = p.fma(r, FloatVector.broadcast(FLOATS, 0.5f));
        p = p.fma(r.mul(r), r.add(1f));
        IntVector power = (IntVector) n.convertShape(VectorOperators.F2I, INTS, 0);
        FloatVector result =
                p.mul(power.add(127).lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats());
        return result.blend(0f, x.compare(VectorOperators.LT, -87f))
                .blend(Float.POSITIVE_INFINITY, x.compare(VectorOperators.GT, 88f));
    }
}
