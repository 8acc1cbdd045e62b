package dev.millrace.gateway.request;

import java.io.Serial;

/** Carries a refusal through a reactive chain; it has no stack trace, since a refusal is an expected outcome. */
public final class RefusedException extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1;

    private final transient Refusal refusal;

    RefusedException(Refusal refusal) {
        super(refusal.message(), null, false, false);
        this.refusal = refusal;
    }

    public Refusal refusal() {
        return refusal;
    }
}
