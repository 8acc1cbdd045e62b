package dev.millrace.tokenizer.vocabulary;

/** An id that a vocabulary doesn't have. */
public final class OutsideVocabularyException extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    private final String reason;

    OutsideVocabularyException(int id, int size) {
        this("id " + id + " is outside the vocabulary, whose ids are 0 to " + (size - 1));
    }

    private OutsideVocabularyException(String reason) {
        super(reason);
        this.reason = reason;
    }

    /** The id, and what would be right. */
    public String reason() {
        return reason;
    }
}
