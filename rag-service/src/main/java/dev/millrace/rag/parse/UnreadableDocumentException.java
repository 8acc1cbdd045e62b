package dev.millrace.rag.parse;

/** A document can't be taken in, by its own fault; others can. */
public final class UnreadableDocumentException extends Exception {
    private static final long serialVersionUID = 1;

    /** What was wrong. */
    public enum Cause {
        UNSUPPORTED_FILE,
        INVALID_FILE,
        ENCRYPTED,
        TOO_LARGE,
        OUT_OF_MEMORY,
        TIMEOUT
    }

    private final Cause why;

    public UnreadableDocumentException(Cause why, String reason) {
        super(reason);
        this.why = why;
    }

    public Cause why() {
        return why;
    }

    public String reason() {
        return String.valueOf(getMessage());
    }
}
