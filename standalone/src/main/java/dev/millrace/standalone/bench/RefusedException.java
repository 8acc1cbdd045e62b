package dev.millrace.standalone.bench;

import java.io.IOException;

/** A server refuses a request; the message is a sentence with its own words. */
public final class RefusedException extends IOException {
    private static final long serialVersionUID = 1L;

    private final int status;

    RefusedException(int status, String message) {
        super(message);
        this.status = status;
    }

    /** The HTTP status. */
    public int status() {
        return status;
    }
}
