package dev.millrace.gateway.grounded;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * What documents say of an answer; the answer is as good as its worst sentence.
 *
 * @param score the lowest of the sentences', absent where nothing was checked
 * @param abstained whether the answer is that the documents don't say
 * @param reason why it abstained, or why it was not checked
 * @param sentences those that make a claim, in order
 */
public record Grounding(
        Verdict verdict, OptionalDouble score, boolean abstained, Optional<Reason> reason, List<Sentence> sentences) {
    public Grounding {
        sentences = List.copyOf(sentences);
    }

    /** From best to worst. */
    public enum Verdict {
        SUPPORTED,
        UNCHECKED,
        NOT_FOUND,
        CONTRADICTED
    }

    public enum Reason {
        /** No passage was found, or none above the least score. */
        NO_RELEVANT_PASSAGE,
        /** The check found none of the answer's claims in the passages. */
        UNSUPPORTED,
        /** The model itself said that the documents don't say. */
        DECLINED,
        /** The model said nothing. */
        EMPTY_ANSWER,
        /** The service has no model to check with. */
        CHECK_UNAVAILABLE,
        /** The check could not be asked, or failed. */
        CHECK_FAILED,
        /** The answer makes no claim that could be checked. */
        NO_CLAIM
    }

    /**
     * A claim.
     *
     * @param start offset in the answer, in UTF-16 units
     * @param end exclusive
     * @param score the probability that it is supported; absent where it was not checked
     */
    public record Sentence(
            String text, int start, int end, Verdict verdict, OptionalDouble score, Optional<Evidence> source) {}

    /**
     * What supports or contradicts a sentence.
     *
     * @param page from 1; 0 where the format has no pages
     * @param start offset in the document's parsed text, in UTF-16 units
     * @param end exclusive
     */
    public record Evidence(String fileId, String filename, int page, int start, int end, String quote) {}

    static Grounding abstained(Reason reason, OptionalDouble score) {
        return new Grounding(Verdict.NOT_FOUND, score, true, Optional.of(reason), List.of());
    }

    /** Of sentences that were checked, or of those that could not be, for this reason. */
    static Grounding of(List<Sentence> sentences, Optional<Reason> unchecked) {
        if (sentences.isEmpty()) {
            return new Grounding(
                    Verdict.UNCHECKED,
                    OptionalDouble.empty(),
                    false,
                    Optional.of(unchecked.orElse(Reason.NO_CLAIM)),
                    sentences);
        }
        Verdict worst = sentences.stream()
                .map(Sentence::verdict)
                .max(Comparator.naturalOrder())
                .orElseThrow();
        OptionalDouble lowest = sentences.stream()
                .flatMapToDouble(sentence -> sentence.score().stream())
                .min();
        return new Grounding(worst, lowest, false, unchecked, sentences);
    }
}
