package dev.millrace.standalone.launch;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;

/** When each part of a start began and ended, counted from the start of the Java process. */
public final class Timings {
    private final long zeroMillis =
            ProcessHandle.current().info().startInstant().orElseThrow().toEpochMilli();
    private final List<Phase> phases = new ArrayList<>();

    /** Begins with the phase that ends here. */
    public Timings() {
        phases.add(new Phase("Java, command line", 0, now()));
    }

    /** Milliseconds from the start of the process. */
    public record Phase(String name, long beginMillis, long endMillis) {}

    public <T> T time(String name, Callable<T> work) throws Exception {
        long begin = now();
        try {
            return work.call();
        } finally {
            add(new Phase(name, begin, now()));
        }
    }

    public long now() {
        return System.currentTimeMillis() - zeroMillis;
    }

    synchronized void add(Phase phase) {
        phases.add(phase);
    }

    public synchronized List<Phase> phases() {
        return phases.stream()
                .sorted(Comparator.comparingLong(Phase::beginMillis))
                .toList();
    }

    /** A table with a bar for each phase, in the order in which they began. */
    public String table() {
        List<Phase> all = phases();
        long end = all.stream().mapToLong(Phase::endMillis).max().orElse(1);
        StringBuilder text = new StringBuilder();
        for (Phase phase : all) {
            int from = (int) (phase.beginMillis() * 40 / end);
            int to = Math.max(from + 1, (int) (phase.endMillis() * 40 / end));
            text.append(String.format(
                    Locale.ROOT,
                    "%-26s %6d %6d  %s%s%n",
                    phase.name(),
                    phase.beginMillis(),
                    phase.endMillis(),
                    " ".repeat(from),
                    "#".repeat(to - from)));
        }
        return text.toString();
    }
}
