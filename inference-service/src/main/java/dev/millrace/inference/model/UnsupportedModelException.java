package dev.millrace.inference.model;

import java.io.IOException;
import java.nio.file.Path;

/** A sound model of a kind that can't be computed here. The message names what is foreign, and what is supported. */
public final class UnsupportedModelException extends IOException {
    private static final long serialVersionUID = 1;

    public UnsupportedModelException(Path file, String problem) {
        super(file + ": " + problem);
    }
}
