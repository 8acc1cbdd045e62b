package dev.millrace.standalone.cli;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.JsonNode;

/** Shows a job's steps: as a bar that moves in a terminal, with the loss as it fell; else as a line now and then. */
final class TuneProgress implements AutoCloseable {
    private static final int WIDTH = 24;
    private static final int SPARKS = 20;
    private static final String BLOCKS = "▁▂▃▄▅▆▇█";
    private static final int LINES = 10;

    private final PrintStream err;
    private final boolean terminal;
    private final List<Double> losses = new ArrayList<>();
    private long firstStep;
    private long firstSecond;
    private long begin;
    private long lastLine;
    private boolean drawn;

    TuneProgress(PrintStream err, boolean terminal) {
        this.err = err;
        this.terminal = terminal;
    }

    /** @param event as {@code GET /v1/fine_tuning/jobs/ID/events} has them */
    void show(JsonNode event) {
        JsonNode data = event.path("data");
        if (!event.path("type").asString("").equals("metrics")) {
            close();
            err.println("  " + event.path("message").asString(""));
            return;
        }
        long step = data.path("step").asLong();
        long total = Math.max(step, data.path("total_steps").asLong());
        losses.add(data.path("loss").asDouble());
        if (begin == 0) {
            begin = System.nanoTime();
            firstStep = step;
            firstSecond = event.path("created_at").asLong();
        }
        String left = left(step, total, event.path("created_at").asLong());
        String loss = String.format(Locale.ROOT, "loss %.3f", losses.getLast());
        if (data.has("eval_loss")) {
            loss += String.format(
                    Locale.ROOT, ", held out %.3f", data.path("eval_loss").asDouble());
        }
        if (terminal) {
            int filled = (int) (step * WIDTH / Math.max(1, total));
            err.printf(
                    Locale.ROOT,
                    "\r  [%s%s] %d/%d  %s  %s  %s\033[K",
                    "=".repeat(filled),
                    " ".repeat(WIDTH - filled),
                    step,
                    total,
                    sparks(losses),
                    loss,
                    left);
            err.flush();
            drawn = true;
        } else if (step == total || step * LINES / Math.max(1, total) > lastLine) {
            lastLine = step * LINES / Math.max(1, total);
            err.printf(Locale.ROOT, "  step %d of %d  %s  %s%n", step, total, loss, left);
        }
    }

    /** From the times that events bear: those of the past come all at once. */
    private String left(long step, long total, long second) {
        if (step <= firstStep || step == total) {
            return "";
        }
        double each = Math.max((double) (second - firstSecond), (System.nanoTime() - begin) / 1e9) / (step - firstStep);
        long seconds = Math.round(each * (total - step));
        return seconds < 120
                ? seconds + " s left"
                : seconds < 7200 ? seconds / 60 + " min left" : seconds / 3600 + " h left";
    }

    /** The means of equal parts, each as high as it lies between the least and the greatest. */
    static String sparks(List<Double> values) {
        int count = Math.min(SPARKS, values.size());
        double[] means = new double[count];
        for (int i = 0; i < count; i++) {
            int from = i * values.size() / count;
            int to = (i + 1) * values.size() / count;
            means[i] = values.subList(from, to).stream()
                    .mapToDouble(Double::doubleValue)
                    .average()
                    .orElse(0);
        }
        double least = java.util.Arrays.stream(means).min().orElse(0);
        double most = java.util.Arrays.stream(means).max().orElse(0);
        StringBuilder text = new StringBuilder();
        for (double mean : means) {
            double share = most > least ? (mean - least) / (most - least) : 0;
            text.append(BLOCKS.charAt((int) Math.round(share * (BLOCKS.length() - 1))));
        }
        return text.toString();
    }

    /** Ends the bar's line, if there is one. */
    @Override
    public void close() {
        if (drawn) {
            err.println();
            drawn = false;
        }
    }
}
