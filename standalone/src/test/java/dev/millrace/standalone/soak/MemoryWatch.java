package dev.millrace.standalone.soak;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.management.JMException;
import javax.management.ObjectName;

/** Looks at this process's memory from time to time. */
final class MemoryWatch implements AutoCloseable {
    private static final int PERIOD_SECONDS = 2;
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final Pattern RESIDENT = Pattern.compile("VmRSS:\\s+(\\d+) kB");
    private static final Pattern COMMITTED = Pattern.compile("Total: reserved=\\d+KB, committed=(\\d+)KB");

    /**
     * Memory at a moment.
     *
     * @param resident bytes, as the system counts them; empty where it doesn't say
     * @param nativeCommitted bytes, as the JVM counts its own; empty without -XX:NativeMemoryTracking=summary
     */
    record Sample(long nanos, OptionalLong resident, OptionalLong nativeCommitted) {}

    /** Means of some first and last time, in bytes. */
    record Growth(double first, double last) {
        double share() {
            return last / first - 1;
        }
    }

    private final List<Sample> samples = new ArrayList<>();
    private final long startNanos = System.nanoTime();
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().factory());
    private final ScheduledFuture<?> looks;

    MemoryWatch() {
        looks = timer.scheduleAtFixedRate(this::look, 0, PERIOD_SECONDS, TimeUnit.SECONDS);
    }

    /**
     * Mean over the second {@code window} since the start, and over the last one before {@code length}.
     *
     * @return empty if that was not measured
     */
    synchronized Optional<Growth> growth(Function<Sample, OptionalLong> what, Duration window, Duration length) {
        long from = startNanos + window.toNanos();
        long to = startNanos + length.toNanos();
        OptionalDouble first = mean(what, from, from + window.toNanos());
        OptionalDouble last = mean(what, to - window.toNanos(), to);
        return first.isPresent() && last.isPresent()
                ? Optional.of(new Growth(first.getAsDouble(), last.getAsDouble()))
                : Optional.empty();
    }

    private OptionalDouble mean(Function<Sample, OptionalLong> what, long from, long to) {
        return samples.stream()
                .filter(sample -> sample.nanos() - from >= 0 && sample.nanos() - to <= 0)
                .map(what)
                .flatMapToLong(OptionalLong::stream)
                .average();
    }

    private void look() {
        Sample sample = new Sample(System.nanoTime(), resident(), nativeCommitted());
        synchronized (this) {
            samples.add(sample);
        }
    }

    private static OptionalLong resident() {
        try {
            return Files.exists(STATUS) ? kilobytes(RESIDENT, Files.readString(STATUS)) : OptionalLong.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static OptionalLong nativeCommitted() {
        try {
            Object text = ManagementFactory.getPlatformMBeanServer()
                    .invoke(
                            new ObjectName("com.sun.management:type=DiagnosticCommand"),
                            "vmNativeMemory",
                            new Object[] {new String[] {"summary"}},
                            new String[] {String[].class.getName()});
            return kilobytes(COMMITTED, String.valueOf(text));
        } catch (JMException e) {
            throw new IllegalStateException(e);
        }
    }

    private static OptionalLong kilobytes(Pattern pattern, String text) {
        Matcher matcher = pattern.matcher(text);
        return matcher.find() ? OptionalLong.of(1024 * Long.parseLong(matcher.group(1))) : OptionalLong.empty();
    }

    @Override
    public void close() {
        looks.cancel(false);
        timer.close();
    }
}
