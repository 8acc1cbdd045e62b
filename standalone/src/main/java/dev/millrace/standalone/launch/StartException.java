package dev.millrace.standalone.launch;

/** The platform can't start; the message is one sentence that says why and what would help. */
public final class StartException extends Exception {
    private static final long serialVersionUID = 1L;

    public StartException(String message) {
        super(message);
    }

    public StartException(String message, Throwable cause) {
        super(message, cause);
    }
}
