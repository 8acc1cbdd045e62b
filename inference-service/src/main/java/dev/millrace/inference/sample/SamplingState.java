package dev.millrace.inference.sample;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;
import java.util.Set;

/** What the choice of one answer's tokens goes by: what was asked for, and which ids there have been. */
public final class SamplingState {
    private final SamplingParameters parameters;
    private final int choice;
    private final int[] ends;
    private final TokenCounts counts = new TokenCounts();

    /**
     * @param choice which of a request's answers this is, from 0
     * @param ends ids that would end the answer
     * @param prompt the prompt's ids; those below 0 stand for embeddings
     */
    public SamplingState(SamplingParameters parameters, int choice, Set<Integer> ends, int[] prompt) {
        this.parameters = parameters;
        this.choice = choice;
        this.ends = ends.stream().mapToInt(Integer::intValue).toArray();
        if (parameters.penalises()) {
            for (int id : prompt) {
                if (id >= 0) {
                    counts.addPrompt(id);
                }
            }
        }
    }

    public SamplingParameters parameters() {
        return parameters;
    }

    /** Notes a token of the answer. */
    public void add(int id) {
        if (parameters.penalises()) {
            counts.addAnswer(id);
        }
    }

    boolean adjusts(boolean mayEnd) {
        return parameters.penalises() || !parameters.logitBias().isEmpty() || (!mayEnd && ends.length > 0);
    }

    void adjust(MemorySegment logits, boolean mayEnd) {
        parameters
                .logitBias()
                .forEach((id, bias) -> logits.setAtIndex(JAVA_FLOAT, id, logits.getAtIndex(JAVA_FLOAT, id) + bias));
        if (parameters.penalises()) {
            counts.penalise(parameters, logits);
        }
        if (!mayEnd) {
            for (int id : ends) {
                logits.setAtIndex(JAVA_FLOAT, id, Float.NEGATIVE_INFINITY);
            }
        }
    }

    double draw(int position) {
        return Draw.uniform(parameters.seed(), choice, position);
    }
}
