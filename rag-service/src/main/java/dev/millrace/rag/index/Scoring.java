package dev.millrace.rag.index;

import java.util.function.ToDoubleFunction;

/** What a chunk that was found is worth. */
@FunctionalInterface
public interface Scoring {
    /** By reciprocal ranks alone: 1 where a chunk is first by each way. */
    Scoring RANKS = (_, reciprocalRanks) -> reciprocalRanks;

    /**
     * @param reciprocalRanks sum over the ways, as a share of what a chunk has that is first by each
     */
    double score(Nearness nearness, double reciprocalRanks);

    /** By how near a chunk is. */
    static Scoring by(ToDoubleFunction<Nearness> nearness) {
        return (near, _) -> nearness.applyAsDouble(near);
    }
}
