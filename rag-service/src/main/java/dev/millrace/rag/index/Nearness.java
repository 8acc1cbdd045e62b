package dev.millrace.rag.index;

/**
 * How near a chunk is to a question, whatever found it. Unlike ranks these can be compared between questions.
 *
 * @param cosine of the two vectors, exact: from -1 to 1
 * @param words  BM25 as a share of what it would be for a text that is made of the question's words alone, rare words
 *               counting more: from 0 to 1
 */
public record Nearness(double cosine, double words) {
    /** Of a chunk that is read without a question. */
    public static final Nearness UNASKED = new Nearness(0, 0);
}
