package dev.millrace.rag.check;

import dev.millrace.rag.text.Span;
import java.util.List;
import java.util.Optional;

/**
 * A text that was checked; as good as its worst sentence.
 *
 * @param score     of the sentence with the lowest; 1 where no sentence makes a claim
 * @param sentences those that make a claim
 */
public record CheckedText(Verdict verdict, double score, List<Sentence> sentences) {
    public CheckedText {
        sentences = List.copyOf(sentences);
    }

    /**
     * @param score  the probability that it is supported
     * @param source what supports or contradicts it
     */
    public record Sentence(Span span, Verdict verdict, double score, Optional<Source> source) {}

    /**
     * @param passage index of the passage
     * @param span    of the words in the passage
     * @param quote   the words
     */
    public record Source(int passage, Span span, String quote) {}
}
