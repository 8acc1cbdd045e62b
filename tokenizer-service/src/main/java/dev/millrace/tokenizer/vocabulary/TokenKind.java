package dev.millrace.tokenizer.vocabulary;

/** What a token is, in the words and the order of GGUF's {@code tokenizer.ggml.token_type}. */
public enum TokenKind {
    /** Text, made by merges. */
    NORMAL,
    /** Stands for what the vocabulary can't spell. */
    UNKNOWN,
    /** No text: a mark such as "end of turn". Found in trusted text alone. */
    CONTROL,
    /** Text that its maker wants to be one token wherever it stands. */
    USER_DEFINED,
    /** Kept free by its maker. */
    UNUSED,
    /** One byte, for what has no token of its own. */
    BYTE;

    /** True for tokens that are found in trusted text alone, and that are no part of what a reader sees. */
    public boolean special() {
        return this == CONTROL || this == UNKNOWN;
    }

    /** The kind of a GGUF token type; what the format's first makers left undefined (0 and above 6) is text. */
    static TokenKind ofGguf(int type) {
        return switch (type) {
            case 2 -> UNKNOWN;
            case 3 -> CONTROL;
            case 4 -> USER_DEFINED;
            case 5 -> UNUSED;
            case 6 -> BYTE;
            default -> NORMAL;
        };
    }
}
