package dev.millrace.inference.sample;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** As many logits at once as a register of this machine holds. */
final class VectorLanes implements Lanes {
    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;

    @Override
    public float greatest(MemorySegment logits, int from, int to) {
        FloatVector greatest = FloatVector.broadcast(FLOATS, Float.NEGATIVE_INFINITY);
        int id = from;
        for (; id <= to - FLOATS.length(); id += FLOATS.length()) {
            greatest = greatest.max(at(logits, id));
        }
        float result = greatest.reduceLanes(VectorOperators.MAX);
        for (; id < to; id++) {
            result = Math.max(result, logits.getAtIndex(JAVA_FLOAT, id));
        }
        return result;
    }

    @Override
    public void collect(MemorySegment logits, int from, int to, float floor, Candidates candidates) {
        int id = from;
        for (; id <= to - FLOATS.length(); id += FLOATS.length()) {
            VectorMask<Float> high = at(logits, id).compare(VectorOperators.GE, floor);
            for (long bits = high.toLong(); bits != 0; bits &= bits - 1) {
                int found = id + Long.numberOfTrailingZeros(bits);
                candidates.add(found, logits.getAtIndex(JAVA_FLOAT, found));
            }
        }
        for (; id < to; id++) {
            float logit = logits.getAtIndex(JAVA_FLOAT, id);
            if (logit >= floor) {
                candidates.add(id, logit);
            }
        }
    }

    @Override
    public double weigh(MemorySegment logits, int from, int to, float max, float scale, float[] weights) {
        FloatVector sum = FloatVector.zero(FLOATS);
        int id = from;
        for (; id <= to - FLOATS.length(); id += FLOATS.length()) {
            FloatVector weight = exp(at(logits, id).sub(max).mul(scale));
            weight.intoArray(weights, id);
            sum = sum.add(weight);
        }
        double total = total(sum);
        for (; id < to; id++) {
            weights[id] = Exponential.of((logits.getAtIndex(JAVA_FLOAT, id) - max) * scale);
            total += weights[id];
        }
        return total;
    }

    @Override
    public double massFrom(float least, float[] weights, int count) {
        FloatVector sum = FloatVector.zero(FLOATS);
        int id = 0;
        for (; id <= count - FLOATS.length(); id += FLOATS.length()) {
            FloatVector weight = FloatVector.fromArray(FLOATS, weights, id);
            sum = sum.add(weight.blend(0f, weight.lt(least)));
        }
        double total = total(sum);
        for (; id < count; id++) {
            total += weights[id] < least ? 0 : weights[id];
        }
        return total;
    }

    // in one order, whatever a reduction would do
    private static double total(FloatVector sum) {
        double total = 0;
        for (int lane = 0; lane < FLOATS.length(); lane++) {
            total += sum.lane(lane);
        }
        return total;
    }

    /** As {@link Exponential#of}, operation by operation. */
    private static FloatVector exp(FloatVector x) {
        FloatVector bounded = x.max(Exponential.LOWEST);
        FloatVector whole =
                bounded.mul(Exponential.LOG2_E).add(Exponential.ROUND).sub(Exponential.ROUND);
        FloatVector r = bounded.sub(whole.mul(Exponential.LN2_HIGH)).sub(whole.mul(Exponential.LN2_LOW));
        FloatVector p = r.mul(Exponential.P5).add(Exponential.P4);
        p = p.mul(r).add(Exponential.P3);
        p = p.mul(r).add(Exponential.P2);
        p = p.mul(r).add(Exponential.P1);
        p = p.mul(r).add(Exponential.P0);
        p = p.mul(r).mul(r).add(r).add(1f);
        IntVector exponent = (IntVector) whole.convertShape(VectorOperators.F2I, INTS, 0);
        FloatVector power = exponent.add(127).lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
        return p.mul(power).blend(0f, x.lt(Exponential.LOWEST));
    }

    private static FloatVector at(MemorySegment logits, int id) {
        return FloatVector.fromMemorySegment(FLOATS, logits, (long) id * Float.BYTES, ByteOrder.nativeOrder());
    }
}
