package dev.millrace.rag.index;

/**
 * BM25 as every index has it: a word that stands n times in a text adds weight * n / (n + {@link #K1} * (1 - {@link #B} + B *
 * length / average length)).
 */
public final class Bm25 {
    // as Anserini has them, and every figure that ours are beside
    public static final double K1 = 0.9;
    public static final double B = 0.4;

    private static final int MORE = 1_000;

    private Bm25() {}

    /** How much a word counts that so many of the chunks have. */
    public static double weight(long chunksWithTheWord, long chunks) {
        return Math.log(1 + (chunks - chunksWithTheWord + 0.5) / (chunksWithTheWord + 0.5));
    }

    /**
     * The same, but hardly depending on how many chunks there are: in a collection of three, a word that one of them has would
     * weigh next to nothing beside one that none has.
     */
    public static double steadyWeight(long chunksWithTheWord, long chunks) {
        return Math.log(1 + (chunks + MORE + 0.5) / (chunksWithTheWord + 0.5));
    }
}
