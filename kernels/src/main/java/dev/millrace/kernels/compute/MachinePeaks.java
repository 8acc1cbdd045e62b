package dev.millrace.kernels.compute;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * The most that this machine does on some threads, measured and not looked up: what a kernel's speed is a share of.
 *
 * @param instructions what multiplied: {@code avx512bf16}, {@code avx512}, {@code avx2} or {@code portable} of the C kernels,
 *     {@code vector} or {@code scalar} where there are none
 * @param threads how many worked side by side
 * @param int8GigaMacs 10^9 multiply-adds of 8-bit integers a second, with the instruction of the 8-bit kernels; where
 *     the kernels multiply floats only, {@code float32GigaMacs}
 * @param float32GigaMacs 10^9 fused multiply-adds of float32 a second
 * @param readGigabytes 10^9 bytes a second read from memory, far more of it than the caches hold
 */
public record MachinePeaks(
        String instructions, int threads, double int8GigaMacs, double float32GigaMacs, double readGigabytes) {
    private static final long LEAST_BUFFER_BYTES = 256L << 20;
    private static final long MOST_BUFFER_BYTES = 1L << 30;
    private static final long READ_PART_BYTES = 4L << 20;
    private static final long ROUND_NANOS = 30_000_000;
    private static final int ROUNDS = 9;

    /**
     * Takes about a second. What else runs on the machine lowers the result: the best of several rounds counts.
     *
     * @throws IllegalArgumentException if {@code threads} is less than 1
     */
    public static MachinePeaks measure(int threads) {
        if (threads < 1) {
            throw new IllegalArgumentException("threads must be 1 or more, was " + threads);
        }
        try (PeakLoops loops = PeakLoops.best();
                WorkerPool pool = new WorkerPool(threads)) {
            double float32 = computed(pool, loops::float32);
            double int8 = loops.multipliesBytes() ? computed(pool, loops::int8) : float32;
            return new MachinePeaks(loops.name(), threads, int8, float32, read(pool, loops));
        }
    }

    /** One thread's work: so many rounds, the result how many multiply-adds they made. */
    private interface Loop {
        long run(long rounds);
    }

    private static double computed(WorkerPool pool, Loop loop) {
        long rounds = 64;
        long nanos = 0;
        // until a round is long beside what starting the threads takes; compiles what is Java
        while (nanos < ROUND_NANOS) {
            rounds *= 2;
            nanos = timed(pool, loop, rounds).nanos;
        }
        double best = 0;
        for (int i = 0; i < ROUNDS; i++) {
            best = Math.max(best, timed(pool, loop, rounds).rate());
        }
        return best;
    }

    private record Timed(long done, long nanos) {
        /** 10^9 a second. */
        double rate() {
            return (double) done / nanos;
        }
    }

    private static Timed timed(WorkerPool pool, Loop loop, long rounds) {
        long[] done = new long[pool.threads()];
        long begin = System.nanoTime();
        pool.run(pool.threads(), part -> done[part] = loop.run(rounds));
        long nanos = System.nanoTime() - begin;
        long all = 0;
        for (long one : done) {
            all += one;
        }
        return new Timed(all, nanos);
    }

    private static double read(WorkerPool pool, PeakLoops loops) {
        long bytes = Math.clamp(4 * lastLevelCacheBytes(), LEAST_BUFFER_BYTES, MOST_BUFFER_BYTES);
        int parts = (int) (bytes / READ_PART_BYTES);
        loops.prepare(parts * READ_PART_BYTES);
        double best = 0;
        for (int i = 0; i < ROUNDS; i++) {
            long[] done = new long[parts];
            long begin = System.nanoTime();
            pool.run(parts, part -> done[part] = loops.read(part * READ_PART_BYTES, READ_PART_BYTES));
            long nanos = System.nanoTime() - begin;
            long all = 0;
            for (long one : done) {
                all += one;
            }
            best = Math.max(best, (double) all / nanos);
        }
        return best;
    }

    /** Of the first core, as Linux tells it; 0 where nobody does. */
    private static long lastLevelCacheBytes() {
        Path caches = Path.of("/sys/devices/system/cpu/cpu0/cache");
        if (!Files.isDirectory(caches)) {
            return 0;
        }
        try (Stream<Path> levels = Files.list(caches)) {
            return levels.map(level -> level.resolve("size"))
                    .filter(Files::isReadable)
                    .mapToLong(MachinePeaks::cacheBytes)
                    .max()
                    .orElse(0);
        } catch (IOException e) {
            return 0;
        }
    }

    /** From a text such as 32768K. */
    private static long cacheBytes(Path size) {
        try {
            String text = Files.readString(size).strip();
            long unit = text.endsWith("M") ? 1 << 20 : text.endsWith("K") ? 1 << 10 : 1;
            return Long.parseLong(text.replaceAll("\\D", "")) * unit;
        } catch (IOException | NumberFormatException e) {
            return 0;
        }
    }
}
