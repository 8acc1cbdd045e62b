package dev.millrace.standalone.cli;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** Where output goes that nobody wants. */
final class Silence {
    private Silence() {}

    static PrintStream stream() {
        return new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
    }
}
