package dev.millrace.inference.sample;

import dev.millrace.kernels.compute.NativeLogits;
import java.lang.foreign.MemorySegment;

/** What has to look at every one of a vocabulary's logits, some at a time. */
interface Lanes {
    /** The greatest of {@code logits[from, to)}; NaN if one is. */
    float greatest(MemorySegment logits, int from, int to);

    /** Adds those of {@code [from, to)} whose logit is {@code floor} or more. */
    void collect(MemorySegment logits, int from, int to, float floor, Candidates candidates);

    /**
     * {@code weights[i] = exp((logits[i] - max) * scale)} for {@code [from, to)}, and 0 where that is less than e^-87.
     *
     * @param max none of the logits is greater
     * @return their sum
     */
    double weigh(MemorySegment logits, int from, int to, float max, float scale, float[] weights);

    /** The sum of those weights that are {@code least} or more. */
    double massFrom(float least, float[] weights, int count);

    /** In C where the library is there, else vectors where this JVM was started with their module, else plain loops. */
    static Lanes fastest() {
        return NativeLogits.open().<Lanes>map(NativeLanes::new).orElseGet(Lanes::inJava);
    }

    private static Lanes inJava() {
        return ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent() ? new VectorLanes() : new PlainLanes();
    }
}
