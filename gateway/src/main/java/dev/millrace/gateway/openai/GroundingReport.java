package dev.millrace.gateway.openai;

import dev.millrace.gateway.grounded.Grounding;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;

/** An extension of ours, beside OpenAI's annotations: what the documents say of each sentence of an answer. */
record GroundingReport(
        String verdict, OptionalDouble score, boolean abstained, Optional<String> reason, List<Sentence> sentences) {
    record Sentence(String text, int start, int end, String verdict, OptionalDouble score, Optional<Source> source) {}

    /**
     * @param page from 1; absent where the format has no pages
     * @param start offset in the file's parsed text, in UTF-16 units
     */
    record Source(String fileId, String filename, Optional<Integer> page, int start, int end, String quote) {}

    static GroundingReport of(Grounding grounding) {
        return new GroundingReport(
                word(grounding.verdict()),
                grounding.score(),
                grounding.abstained(),
                grounding.reason().map(GroundingReport::word),
                grounding.sentences().stream().map(GroundingReport::sentence).toList());
    }

    private static Sentence sentence(Grounding.Sentence sentence) {
        return new Sentence(
                sentence.text(),
                sentence.start(),
                sentence.end(),
                word(sentence.verdict()),
                sentence.score(),
                sentence.source().map(GroundingReport::source));
    }

    private static Source source(Grounding.Evidence evidence) {
        return new Source(
                evidence.fileId(),
                evidence.filename(),
                Optional.of(evidence.page()).filter(page -> page > 0),
                evidence.start(),
                evidence.end(),
                evidence.quote());
    }

    private static String word(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
