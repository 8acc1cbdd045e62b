package dev.millrace.inference.sample;

import dev.millrace.kernels.compute.NativeLogits;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Sixteen logits at once, in C. */
final class NativeLanes implements Lanes {
    private final NativeLogits natives;
    private int[] found = new int[Row.GROUP];

    NativeLanes(NativeLogits natives) {
        this.natives = natives;
    }

    @Override
    public float greatest(MemorySegment logits, int from, int to) {
        return natives.greatest(logits.asSlice(4L * from), to - from);
    }

    @Override
    public void collect(MemorySegment logits, int from, int to, float floor, Candidates candidates) {
        if (found.length < to - from) {
            found = new int[to - from];
        }
        MemorySegment slice = logits.asSlice(4L * from);
        int count = natives.reaching(slice, to - from, floor, MemorySegment.ofArray(found));
        for (int i = 0; i < count; i++) {
            candidates.add(from + found[i], slice.getAtIndex(ValueLayout.JAVA_FLOAT, found[i]));
        }
    }

    @Override
    public double weigh(MemorySegment logits, int from, int to, float max, float scale, float[] weights) {
        return natives.weigh(
                logits.asSlice(4L * from),
                to - from,
                max,
                scale,
                MemorySegment.ofArray(weights).asSlice(4L * from));
    }

    @Override
    public double massFrom(float least, float[] weights, int count) {
        return natives.massFrom(MemorySegment.ofArray(weights), count, least);
    }
}
