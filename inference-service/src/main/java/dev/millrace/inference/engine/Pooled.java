package dev.millrace.inference.engine;

import dev.millrace.inference.cache.BlockPool;
import dev.millrace.inference.model.StepResult;
import dev.millrace.inference.sample.Sampler;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/** An input whose hidden states become one vector: their mean, or the last one. */
final class Pooled extends Work {
    private final int input;
    private final Request.Pooling pooling;
    private final boolean normalize;
    // sums in double and in the tokens' order: the same bits however the input is cut into steps
    private final double[] sums;
    private int read;

    Pooled(Job job, long arrival, Request.Embed request, int input, int width, BlockPool pool) {
        super(job, arrival, 0, request.inputs().get(input), "", pool, Optional.empty());
        this.input = input;
        this.pooling = request.pooling();
        this.normalize = request.normalize();
        this.sums = new double[width];
    }

    @Override
    public int wantedFrom() {
        int last = length() - 1;
        return switch (pooling) {
            case MEAN -> Math.min(read, last);
            case LAST -> last;
        };
    }

    @Override
    boolean readsLogits() {
        return false;
    }

    @Override
    Progress accept(StepResult result, int row, int position, Sampler sampler, long atNanos) {
        MemorySegment hidden = result.hidden();
        long offset = (long) row * sums.length;
        for (int i = 0; i < sums.length; i++) {
            sums[i] += hidden.getAtIndex(ValueLayout.JAVA_FLOAT, offset + i);
        }
        read++;
        if (position < length() - 1) {
            return GOING;
        }
        job().promptRead(length(), cachedTokens(), atNanos);
        double scale = normalize ? 1 / Math.max(norm(), Double.MIN_NORMAL) : 1.0 / read;
        float[] vector = new float[sums.length];
        for (int i = 0; i < vector.length; i++) {
            vector[i] = (float) (sums[i] * scale);
            if (!Float.isFinite(vector[i])) {
                return broken(position, "a hidden state is not finite");
            }
        }
        return emit(new Event.Embedded(input, vector), new Progress.Done());
    }

    private double norm() {
        double squares = 0;
        for (double sum : sums) {
            squares += sum * sum;
        }
        return Math.sqrt(squares);
    }
}
