package dev.millrace.rag.index;

/** Where the chunks lie doesn't answer; what failed can be tried again. */
public final class IndexAwayException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public IndexAwayException(Exception cause) {
        super("the index can't be reached: " + cause.getMessage(), cause);
    }
}
