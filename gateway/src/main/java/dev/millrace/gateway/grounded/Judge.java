package dev.millrace.gateway.grounded;

import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** Who says whether the sources support a sentence. */
public enum Judge {
    /** The check's own model: milliseconds. */
    CHECK,
    /** The language model that answers, asked for Yes or No: once more for each sentence. */
    MODEL,
    /** Both, each counting alike. */
    VOTE;

    /** As requests and settings have it. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    public static Optional<Judge> named(String word) {
        return Stream.of(values()).filter(judge -> judge.word().equals(word)).findFirst();
    }
}
