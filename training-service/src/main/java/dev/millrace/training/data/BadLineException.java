package dev.millrace.training.data;

/** What is wrong with a line, in words for whoever wrote it. */
final class BadLineException extends Exception {
    private static final long serialVersionUID = 1;

    BadLineException(String problem) {
        super(problem);
    }
}
