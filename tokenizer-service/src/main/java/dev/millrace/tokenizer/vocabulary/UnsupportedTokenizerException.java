package dev.millrace.tokenizer.vocabulary;

/** A model's tokenizer is of a kind that we can't reproduce exactly, so we refuse it. */
public final class UnsupportedTokenizerException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String reason;

    public UnsupportedTokenizerException(String reason) {
        super(reason);
        this.reason = reason;
    }

    /** The kind by its name, and those that would be right. */
    public String reason() {
        return reason;
    }
}
