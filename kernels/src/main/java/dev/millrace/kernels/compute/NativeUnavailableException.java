package dev.millrace.kernels.compute;

/** Why the C kernels can't be used on this machine. */
final class NativeUnavailableException extends Exception {
    private static final long serialVersionUID = 1;

    private final String reason;

    NativeUnavailableException(String reason) {
        super(reason);
        this.reason = reason;
    }

    String reason() {
        return reason;
    }
}
