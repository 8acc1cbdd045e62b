package dev.millrace.rag;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A file that whoever reads it waits for: a named pipe. */
final class SlowFile implements AutoCloseable {
    private static final long LONG_SECONDS = 60;

    private final CompletableFuture<OutputStream> out;

    SlowFile(Path path) throws IOException, InterruptedException {
        int failure = new ProcessBuilder("mkfifo", path.toString())
                .inheritIO()
                .start()
                .waitFor();
        if (failure != 0) {
            throw new AssertionError("mkfifo, which this test needs, ended with " + failure);
        }
        out = CompletableFuture.supplyAsync(() -> {
            try {
                return Files.newOutputStream(path, StandardOpenOption.WRITE);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        out.orTimeout(LONG_SECONDS, TimeUnit.SECONDS);
    }

    /** Returns once somebody has begun to read. */
    void awaitReader() {
        out.join();
    }

    void write(String text) throws IOException {
        OutputStream pipe = out.join();
        pipe.write(text.getBytes(StandardCharsets.UTF_8));
        pipe.flush();
    }

    /** Its end. */
    @Override
    public void close() throws IOException {
        out.join().close();
    }
}
