package dev.millrace.rag.check;

import dev.millrace.rag.text.Span;
import java.util.List;
import java.util.Optional;

/**
 * A text that was checked; as good as its worst sentence.
 *
 * @param score     of the sentence with the lowest; 1 where no sentence makes a claim
 * @param sentences those that make a claim
 * @param threshold from which score on a sentence counts as supported
 */
public record CheckedText(Verdict verdict, double score, List<Sentence> sentences, double threshold) {
    public CheckedText {
        sentences = List.copyOf(sentences);
    }

    /**
     * @param score  the probability that it is supported
     * @param source what supports or contradicts it
     * @param premise what it was held to; empty where there are no sources
     * @param closest of the sources' sentences, whatever the verdict
     */
    public record Sentence(
            Span span,
            Verdict verdict,
            double score,
            Optional<Source> source,
            String premise,
            Optional<Source> closest) {}

    /**
     * @param passage index of the passage
     * @param span    of the words in the passage
     * @param quote   the words
     */
    public record Source(int passage, Span span, String quote) {}
}
