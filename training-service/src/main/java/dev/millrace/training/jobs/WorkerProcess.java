package dev.millrace.training.jobs;

import dev.millrace.training.worker.WorkerMessage;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A worker, as its parent sees it. Closing it kills it. */
final class WorkerProcess implements AutoCloseable {
    private final Process process;
    private final BlockingQueue<Word> words = new LinkedBlockingQueue<>();
    private final Path log;

    /** What comes from a worker. */
    sealed interface Word {
        record Message(WorkerMessage message) implements Word {}

        /** Its output ended. */
        record Ended() implements Word {}
    }

    WorkerProcess(List<String> command, Path folder) throws IOException {
        this.log = folder.resolve("worker.log");
        List<String> whole = new ArrayList<>(command);
        whole.add(folder.toString());
        ProcessBuilder builder =
                new ProcessBuilder(whole).redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()));
        // spinning threads collapse where a neighbour wants their core
        builder.environment().put("OMP_WAIT_POLICY", "PASSIVE");
        this.process = builder.start();
        Files.writeString(folder.resolve("worker.pid"), Long.toString(process.pid()));
        Thread.ofVirtual().name("worker-output").start(this::read);
    }

    private void read() {
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                WorkerMessage.read(line).ifPresent(message -> words.add(new Word.Message(message)));
            }
        } catch (IOException gone) {
            // its output ended, in whatever way
        } finally {
            words.add(new Word.Ended());
        }
    }

    /** @return empty if nothing came in time */
    Optional<Word> next(Duration patience) throws InterruptedException {
        return Optional.ofNullable(words.poll(patience.toMillis(), TimeUnit.MILLISECONDS));
    }

    long pid() {
        return process.pid();
    }

    /** Where its other words go. */
    Path log() {
        return log;
    }

    /** It is to end after its step, with a checkpoint. */
    void stop() {
        try {
            process.getOutputStream().write('\n');
            process.getOutputStream().flush();
        } catch (IOException _) {
            // it has ended: what it said last will tell
        }
    }

    /** How it ended. */
    int exit() throws InterruptedException {
        return process.waitFor();
    }

    @Override
    public void close() {
        process.destroyForcibly();
        try {
            process.waitFor();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
