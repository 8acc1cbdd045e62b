package dev.millrace.training.examples;

import java.util.List;

/**
 * What a method learns from at a time: one sequence, or the chosen and the rejected one of a pair.
 *
 * @param sequences in the method's own order
 */
public record Example(List<Sequence> sequences) {
    public Example {
        sequences = List.copyOf(sequences);
    }

    public int scoredTokens() {
        return sequences.stream().mapToInt(Sequence::scoredTokens).sum();
    }

    public int tokens() {
        return sequences.stream().mapToInt(sequence -> sequence.ids().length).sum();
    }
}
