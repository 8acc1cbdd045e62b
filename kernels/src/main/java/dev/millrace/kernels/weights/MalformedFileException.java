package dev.millrace.kernels.weights;

import java.io.IOException;
import java.nio.file.Path;

/** A weight file that can't be read as what it claims to be. The message names the file, the value and what would be right. */
public final class MalformedFileException extends IOException {
    private static final long serialVersionUID = 1;

    public MalformedFileException(Path file, String problem) {
        super(file + ": " + problem);
    }
}
