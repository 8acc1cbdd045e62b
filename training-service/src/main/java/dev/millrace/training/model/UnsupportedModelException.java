package dev.millrace.training.model;

import java.io.IOException;
import java.nio.file.Path;

/** A model that is well formed, but of a kind that can't be trained here. */
public final class UnsupportedModelException extends IOException {
    private static final long serialVersionUID = 1;

    UnsupportedModelException(Path path, String problem) {
        super(path + " " + problem);
    }
}
