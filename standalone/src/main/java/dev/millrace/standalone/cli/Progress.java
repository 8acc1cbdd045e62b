package dev.millrace.standalone.cli;

import dev.millrace.standalone.catalogue.PullListener;
import java.io.PrintStream;
import java.util.Locale;

/** Shows a pull: as a bar that moves in a terminal, else as a line for each quarter. */
final class Progress implements PullListener {
    private static final int WIDTH = 30;
    private static final long REDRAW_NANOS = 100_000_000;

    private final PrintStream err;
    private final boolean terminal;
    private final long begin = System.nanoTime();
    private long drawnAt;
    private long firstBytes = -1;
    private long lastQuarter;
    private boolean drawn;

    Progress(PrintStream err, boolean terminal) {
        this.err = err;
        this.terminal = terminal;
    }

    @Override
    public void progress(long done, long total) {
        if (firstBytes < 0) {
            firstBytes = done;
        }
        if (!terminal) {
            long quarter = done * 4 / Math.max(1, total);
            if (quarter > lastQuarter) {
                lastQuarter = quarter;
                err.printf(Locale.ROOT, "  %d %% of %s%n", quarter * 25, megabytes(total));
            }
            return;
        }
        long now = System.nanoTime();
        if (now - drawnAt < REDRAW_NANOS && done < total) {
            return;
        }
        drawnAt = now;
        drawn = true;
        draw(done, total, (done - firstBytes) / Math.max(0.1, (now - begin) / 1e9));
    }

    private void draw(long done, long total, double bytesPerSecond) {
        int filled = (int) (done * WIDTH / Math.max(1, total));
        err.printf(
                Locale.ROOT,
                "\r  [%s%s] %3d %%  %s of %s  %.1f MB/s \033[K",
                "=".repeat(filled),
                " ".repeat(WIDTH - filled),
                done * 100 / Math.max(1, total),
                megabytes(done),
                megabytes(total),
                bytesPerSecond / 1e6);
        err.flush();
    }

    @Override
    public void say(String sentence) {
        finish();
        err.println(sentence);
    }

    /** Ends the bar's line, if there is one. */
    void finish() {
        if (drawn) {
            err.println();
            drawn = false;
        }
    }

    static String megabytes(long bytes) {
        return String.format(Locale.ROOT, "%.1f MB", bytes / 1e6);
    }
}
