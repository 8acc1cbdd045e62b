package dev.millrace.standalone.cli;

/** A command can't do what it was asked; the message is one sentence that says why and what would help. */
final class Unable extends Exception {
    private static final long serialVersionUID = 1L;

    Unable(String message) {
        super(message);
    }
}
