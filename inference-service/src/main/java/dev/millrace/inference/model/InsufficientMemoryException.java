package dev.millrace.inference.model;

import java.io.IOException;
import java.nio.file.Path;

/** A model that needs more memory than there is. The message says how much of both, and what could be made smaller. */
public final class InsufficientMemoryException extends IOException {
    private static final long serialVersionUID = 1;

    InsufficientMemoryException(Path file, long weights, long cache, long scratch, long available) {
        super(file + ": needs " + megabytes(weights + cache + scratch) + " of memory (weights " + megabytes(weights)
                + ", cache " + megabytes(cache) + ", a step " + megabytes(scratch) + "), "
                + megabytes(available) + " are available: a smaller model or a smaller cache would fit");
    }

    private static String megabytes(long bytes) {
        return (bytes + 999_999) / 1_000_000 + " MB";
    }
}
