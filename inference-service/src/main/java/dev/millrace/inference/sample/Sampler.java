package dev.millrace.inference.sample;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Chooses tokens from rows of logits. Holds room for one row, so it is used by one thread. A token depends on its row,
 * its state and its position alone.
 */
public final class Sampler {
    // below this, scaled logits overflow; the draw is the most likely token anyway
    private static final float LOWEST_TEMPERATURE = 1e-5f;

    private final int vocabularySize;
    private final Lanes lanes;
    private final Row raw;
    private final Row adjusted;
    private final MemorySegment adjustedLogits;
    private final Candidates candidates;
    private final float[] weights;
    private final double[] groupSums;

    public Sampler(int vocabularySize) {
        this(vocabularySize, Lanes.fastest());
    }

    Sampler(int vocabularySize, Lanes lanes) {
        this.vocabularySize = vocabularySize;
        this.lanes = lanes;
        this.raw = new Row(lanes, vocabularySize);
        this.adjusted = new Row(lanes, vocabularySize);
        this.adjustedLogits = Row.memory(vocabularySize);
        this.candidates = new Candidates(vocabularySize);
        this.weights = new float[vocabularySize];
        this.groupSums = new double[Row.groups(vocabularySize)];
    }

    /**
     * Chooses the token at {@code position}.
     *
     * @param rows [rows, vocabularySize] float32
     * @param row which row
     * @param position of the token in its sequence
     * @param mayEnd whether ids that end the answer may be chosen
     */
    public Sampled sample(MemorySegment rows, int row, SamplingState state, int position, boolean mayEnd) {
        raw.look(slice(rows, row));
        if (!Float.isFinite(raw.max())) {
            return broken(raw.max());
        }
        Row logits = raw;
        if (state.adjusts(mayEnd)) {
            adjustedLogits.copyFrom(raw.logits());
            state.adjust(adjustedLogits, mayEnd);
            adjusted.look(adjustedLogits);
            logits = adjusted;
            if (!Float.isFinite(logits.max())) {
                return broken(logits.max());
            }
        }
        SamplingParameters parameters = state.parameters();
        int id = parameters.temperature() < LOWEST_TEMPERATURE
                ? logits.argmax()
                : draw(logits, parameters, state.draw(position));
        Optional<TokenLogprob> logprob = parameters.topLogprobs().isPresent()
                ? Optional.of(logprob(id, parameters.topLogprobs().getAsInt()))
                : Optional.empty();
        return new Sampled.Token(id, logprob);
    }

    /** How likely {@code id} is in a row, and the {@code top} likeliest there; empty if the row is broken. */
    public Optional<TokenLogprob> score(MemorySegment rows, int row, int id, int top) {
        raw.look(slice(rows, row));
        return Float.isFinite(raw.max()) ? Optional.of(logprob(id, top)) : Optional.empty();
    }

    private int draw(Row logits, SamplingParameters parameters, double uniform) {
        float scale = 1 / parameters.temperature();
        double total = weigh(logits, scale);
        if (parameters.topK() == 0 && parameters.topP() == 1 && parameters.minP() == 0) {
            return fromAll(uniform * total);
        }
        logits.collect(floor(logits, parameters, total), candidates);
        if (parameters.topK() > 0) {
            candidates.keepCount(parameters.topK());
        }
        if (parameters.topP() < 1) {
            candidates.keepMass(parameters.topP() * candidates.mass(id -> weights[id]), id -> weights[id]);
        }
        return fromCandidates(uniform * candidates.mass(id -> weights[id]));
    }

    /** A logit that nothing which may be chosen falls below, as high as can be told without a sort. */
    private float floor(Row logits, SamplingParameters parameters, double total) {
        double floor = Double.NEGATIVE_INFINITY;
        if (parameters.topK() > 0) {
            floor = logits.reachedBy(parameters.topK());
        }
        if (parameters.topP() < 1) {
            double least = leastOf(parameters.topP() * total);
            floor = Math.max(floor, logits.max() + (Math.log(least) - 1e-3) * parameters.temperature());
        }
        if (parameters.minP() > 0) {
            floor = Math.max(floor, logits.max() + Math.log(parameters.minP()) * parameters.temperature());
        }
        // the likeliest stays, whatever rounding does
        return Math.min((float) floor, logits.max());
    }

    /** A weight such that those that weigh at least as much weigh {@code mass} together: a power of two. */
    private double leastOf(double mass) {
        float least = 0x1p-3f;
        while (least > 0x1p-120f && lanes.massFrom(least, weights, vocabularySize) < mass) {
            least /= 4;
        }
        return least;
    }

    private int fromAll(double target) {
        double left = target;
        int group = 0;
        for (int g = 0; g < groupSums.length; g++) {
            if (groupSums[g] > 0) {
                group = g;
                if (left < groupSums[g]) {
                    break;
                }
                left -= groupSums[g];
            }
        }
        // rounding may carry the target past a group's end: then its last possible id it is
        int chosen = group * Row.GROUP;
        int to = Math.min(vocabularySize, chosen + Row.GROUP);
        for (int id = chosen; id < to; id++) {
            if (weights[id] > 0) {
                chosen = id;
                left -= weights[id];
                if (left < 0) {
                    break;
                }
            }
        }
        return chosen;
    }

    private int fromCandidates(double target) {
        double left = target;
        int last = candidates.size() - 1;
        for (int i = 0; i < last; i++) {
            left -= weights[candidates.id(i)];
            if (left < 0) {
                return candidates.id(i);
            }
        }
        return candidates.id(last);
    }

    private TokenLogprob logprob(int id, int top) {
        double logTotal = Math.log(weigh(raw, 1));
        List<TokenLogprob> likeliest = new ArrayList<>(top);
        if (top > 0) {
            raw.collect(raw.reachedBy(top), candidates);
            candidates.keepCount(top);
            candidates.sort();
            for (int i = 0; i < candidates.size(); i++) {
                int other = candidates.id(i);
                likeliest.add(new TokenLogprob(other, logprob(raw.logit(other), logTotal), List.of()));
            }
        }
        return new TokenLogprob(id, logprob(raw.logit(id), logTotal), likeliest);
    }

    private float logprob(float logit, double logTotal) {
        return (float) (logit - raw.max() - logTotal);
    }

    private MemorySegment slice(MemorySegment rows, int row) {
        long bytes = (long) vocabularySize * Float.BYTES;
        return rows.asSlice(row * bytes, bytes);
    }

    private double weigh(Row logits, float scale) {
        double total = 0;
        for (int g = 0; g < groupSums.length; g++) {
            int from = g * Row.GROUP;
            int to = Math.min(vocabularySize, from + Row.GROUP);
            groupSums[g] = lanes.weigh(logits.logits(), from, to, logits.max(), scale, weights);
            total += groupSums[g];
        }
        return total;
    }

    private static Sampled broken(float max) {
        return new Sampled.Broken("the model's logits have no finite maximum: it is " + max);
    }
}
