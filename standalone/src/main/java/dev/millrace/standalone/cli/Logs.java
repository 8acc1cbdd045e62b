package dev.millrace.standalone.cli;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Shows what the platform wrote down. */
@Command(
        name = "logs",
        mixinStandardHelpOptions = true,
        description = "Shows the end of the platform's log, MILLRACE_HOME/logs/millrace.log.",
        footer = {"", "Example: ./millrace logs -f -n 20"})
final class Logs implements Callable<Integer> {
    private static final int BLOCK = 1 << 16;

    private final Session session;

    @Option(
            names = {"-f", "--follow"},
            description = "Go on showing what is added.")
    private boolean follow;

    @Option(
            names = {"-n", "--lines"},
            defaultValue = "50",
            paramLabel = "N",
            description = "How many lines (default: ${DEFAULT-VALUE}).")
    private int lines;

    Logs(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws IOException, InterruptedException, Unable {
        Path log = session.home().log();
        if (!Files.exists(log)) {
            throw new Unable("There is no log yet: ./millrace up writes " + log + ".");
        }
        try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "r")) {
            file.seek(lastLines(file, lines));
            copy(file);
            while (follow) {
                TimeUnit.MILLISECONDS.sleep(200);
                if (file.length() < file.getFilePointer()) {
                    file.seek(0);
                }
                copy(file);
            }
        }
        return 0;
    }

    private void copy(RandomAccessFile file) throws IOException {
        byte[] block = new byte[BLOCK];
        int read;
        while ((read = file.read(block)) > 0) {
            session.out().write(block, 0, read);
        }
        session.out().flush();
    }

    /** Where the last {@code lines} lines begin. */
    private static long lastLines(RandomAccessFile file, int lines) throws IOException {
        long at = file.length();
        int seen = 0;
        byte[] block = new byte[BLOCK];
        while (at > 0) {
            int size = (int) Math.min(BLOCK, at);
            at -= size;
            file.seek(at);
            file.readFully(block, 0, size);
            for (int i = size - 1; i >= 0; i--) {
                // the last line's own end isn't counted
                if (block[i] == '\n' && at + i + 1 < file.length() && ++seen == lines) {
                    return at + i + 1;
                }
            }
        }
        return 0;
    }
}
