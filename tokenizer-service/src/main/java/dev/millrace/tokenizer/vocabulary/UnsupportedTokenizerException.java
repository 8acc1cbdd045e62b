package dev.millrace.tokenizer.vocabulary;

/** A model's tokenizer is of a kind that we can't reproduce exactly, so we refuse it; the message names the kind. */
public final class UnsupportedTokenizerException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public UnsupportedTokenizerException(String message) {
        super(message);
    }
}
