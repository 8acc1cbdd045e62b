package dev.millrace.standalone.soak;

import dev.millrace.standalone.TestModels;
import java.io.IOException;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;

/**
 * The engine with a real model under random load: arrivals, lengths, priorities, shared prefixes, several choices, clients
 * that go away, read slowly or not at all, on a cache so small that sequences are preempted all the time. Checks the
 * cache's invariants after every step; at the end, that nothing was lost or is left behind, that a sample of answers is what
 * the same requests get alone, and that memory has not grown. Exits with 1 if anything is wrong.
 *
 * <pre>java -Xms512m -Xmx512m -XX:+AlwaysPreTouch -XX:NativeMemoryTracking=summary ...
 * SoakBenchmark [-DMINUTES=30] [-DREQUESTS=n] [-DPROMPT=160] [-DANSWER=96] [-DSEED=n] [-DMODEL=smollm2-135m]</pre>
 *
 * <p>It ends after so many minutes, or earlier with so many requests; prompts and answers are at most so many tokens.
 *
 * With a heap of one size, touched at the start, resident memory grows only by what leaks outside of it, or by what the JVM
 * itself still adds (compiled code).
 */
final class SoakBenchmark {
    private static final double MOST_GROWTH = 0.02;
    /** Of the longest requests at a time: far fewer than run. */
    private static final int ROOM = 3;

    private SoakBenchmark() {}

    public static void main(String[] args) throws IOException, InterruptedException {
        Duration length = Duration.ofMinutes(Integer.getInteger("MINUTES", 30));
        long seed = Long.getLong("SEED", new Random().nextLong());
        String model = System.getProperty("MODEL", "smollm2-135m");
        long requests = Long.getLong("REQUESTS", Long.MAX_VALUE);
        System.out.printf("%s for %s, seed %d%n", model, length, seed);
        int prompt = Integer.getInteger("PROMPT", 160);
        int answer = Integer.getInteger("ANSWER", 96);
        Sizes sizes = new Sizes(prompt, answer, ROOM * (prompt + answer), 16, 48);
        long begin = System.nanoTime();
        long end = begin + length.toNanos();
        Soak.Report report;
        boolean grown;
        AtomicLong lasted = new AtomicLong();
        try (MemoryWatch memory = new MemoryWatch()) {
            report = new Soak(TestModels.path(model), sizes, seed).run(count -> {
                lasted.set(System.nanoTime() - begin);
                return count < requests && System.nanoTime() - end < 0;
            });
            Duration load = Duration.ofNanos(lasted.get());
            boolean resident = report("resident memory", memory, MemoryWatch.Sample::resident, load);
            boolean committed = report("the JVM's native memory", memory, MemoryWatch.Sample::nativeCommitted, load);
            grown = resident || committed;
        }
        System.out.println(report.requests());
        System.out.println(report.stats());
        System.out.println(report.compared() + " answers compared with those that the same requests got alone");
        report.problems().forEach(problem -> System.out.println("PROBLEM: " + problem));
        boolean well = !grown && report.problems().isEmpty();
        System.out.println(well ? "all is well" : "something is wrong");
        System.exit(well ? 0 : 1);
    }

    /** Says how memory went; true if it has grown. */
    private static boolean report(
            String what, MemoryWatch memory, Function<MemoryWatch.Sample, OptionalLong> of, Duration length) {
        // a minute each, or a quarter of a short soak
        Duration window =
                length.dividedBy(4).compareTo(Duration.ofMinutes(1)) < 0 ? length.dividedBy(4) : Duration.ofMinutes(1);
        Optional<MemoryWatch.Growth> growth = memory.growth(of, window, length);
        if (growth.isEmpty()) {
            System.out.println(what + ": not measured here");
            return false;
        }
        MemoryWatch.Growth found = growth.get();
        System.out.printf(
                Locale.ROOT,
                "%s: %.1f MB in the first %d s after as many of warm-up, %.1f MB in the last of the load, %+.2f %%%n",
                what,
                found.first() / 1e6,
                window.toSeconds(),
                found.last() / 1e6,
                100 * found.share());
        return found.share() > MOST_GROWTH;
    }
}
