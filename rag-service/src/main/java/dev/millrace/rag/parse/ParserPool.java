package dev.millrace.rag.parse;

import dev.millrace.rag.parse.UnreadableDocumentException.Cause;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A parser in a process of its own, started when it is first needed: a file that takes all memory, or never ends, ends
 * that process and not the service. One file at a time.
 */
public final class ParserPool implements AutoCloseable {
    /** What the JVM ends with where {@code ExitOnOutOfMemoryError} is on. */
    private static final int OUT_OF_MEMORY = 3;

    private static final String LAUNCHER = "org.springframework.boot.loader.launch.PropertiesLauncher";

    private final Limits limits;
    private final ExecutorService readers = Executors.newVirtualThreadPerTaskExecutor();
    private Optional<Process> process = Optional.empty();
    private boolean closed;

    /**
     * Of one document.
     *
     * @param maxMegabytes heap of the parser process
     * @param maxChars     of text
     */
    public record Limits(Duration time, int maxMegabytes, int maxChars) {
        public Limits {
            if (time.isNegative() || time.isZero() || maxMegabytes < 32 || maxChars < 1) {
                throw new IllegalArgumentException("a parser needs time, 32 MB or more and room for a character, was "
                        + time + ", " + maxMegabytes + " MB, " + maxChars + " characters");
            }
        }
    }

    public ParserPool(Limits limits) {
        this.limits = limits;
    }

    /**
     * @param filename what the user calls it
     * @throws UnreadableDocumentException if the document is at fault
     */
    public synchronized ParsedDocument parse(Path file, String filename)
            throws UnreadableDocumentException, InterruptedException {
        Process parser = running();
        Future<Answer> answer = readers.submit(() -> ask(parser, file, filename));
        try {
            return switch (answer.get(limits.time().toMillis(), TimeUnit.MILLISECONDS)) {
                case Answer.Parsed(ParsedDocument document) -> document;
                case Answer.Refused(UnreadableDocumentException why) -> throw why;
            };
        } catch (TimeoutException e) {
            stop(parser);
            throw new UnreadableDocumentException(
                    Cause.TIMEOUT,
                    "the file took longer than " + limits.time().toSeconds() + " s to read, which is the limit");
        } catch (ExecutionException e) {
            throw died(parser, e);
        } catch (InterruptedException e) {
            stop(parser);
            throw e;
        }
    }

    private sealed interface Answer {
        record Parsed(ParsedDocument document) implements Answer {}

        record Refused(UnreadableDocumentException why) implements Answer {}
    }

    private static Answer ask(Process parser, Path file, String filename) throws IOException {
        DataOutputStream out = new DataOutputStream(new BufferedOutputStream(parser.getOutputStream()));
        Wire.writeText(out, file.toAbsolutePath().toString());
        Wire.writeText(out, filename);
        out.flush();
        try {
            return new Answer.Parsed(Wire.read(new DataInputStream(new BufferedInputStream(parser.getInputStream()))));
        } catch (UnreadableDocumentException e) {
            return new Answer.Refused(e);
        }
    }

    private UnreadableDocumentException died(Process parser, ExecutionException e) throws InterruptedException {
        stop(parser);
        int status = parser.waitFor();
        if (status == OUT_OF_MEMORY) {
            return new UnreadableDocumentException(
                    Cause.OUT_OF_MEMORY,
                    "the file needs more than " + limits.maxMegabytes() + " MB to read, which is the limit");
        }
        return new UnreadableDocumentException(
                Cause.INVALID_FILE, "the parser ended with status " + status + " over this file: " + e.getCause());
    }

    private Process running() {
        if (closed) {
            throw new IllegalStateException("the parser is closed");
        }
        if (process.isEmpty() || !process.get().isAlive()) {
            process = Optional.of(start());
        }
        return process.get();
    }

    private Process start() {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(
                "-Xmx" + limits.maxMegabytes() + "m",
                "-Xss2m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-XX:+ExitOnOutOfMemoryError",
                "-Djava.awt.headless=true",
                "-cp",
                System.getProperty("java.class.path")));
        command.addAll(entry());
        command.add(Integer.toString(limits.maxChars()));
        try {
            return new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException("the parser process can't be started: " + command.getFirst(), e);
        }
    }

    /** The main class; inside one of Spring Boot's jars its loader has to open the way to it. */
    private static List<String> entry() {
        if (ClassLoader.getSystemResource(LAUNCHER.replace('.', '/') + ".class") != null) {
            return List.of("-Dloader.main=" + ParserMain.class.getName(), LAUNCHER);
        }
        return List.of(ParserMain.class.getName());
    }

    private void stop(Process parser) {
        parser.destroyForcibly();
        process = Optional.empty();
    }

    /** Ends the process; a parse that is running ends with it. */
    @Override
    public void close() {
        process.ifPresent(Process::destroyForcibly);
        synchronized (this) {
            closed = true;
            process.ifPresent(Process::destroyForcibly);
        }
        readers.shutdownNow();
    }
}
