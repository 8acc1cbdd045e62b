package dev.millrace.standalone.soak;

import dev.millrace.inference.engine.Admission;
import dev.millrace.inference.engine.Engine;
import dev.millrace.inference.engine.EngineStats;
import dev.millrace.inference.engine.Outbox;
import dev.millrace.inference.engine.Request;
import dev.millrace.inference.model.BackendOptions;
import dev.millrace.inference.models.LoadedModel;
import dev.millrace.inference.models.ModelLoader;
import dev.millrace.kernels.compute.KernelOptions;
import dev.millrace.kernels.compute.Kernels;
import dev.millrace.kernels.compute.Providers;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongPredicate;

/**
 * Drives the engine with a real model, in bursts and lulls, on a cache that is too small, and then checks that nothing was
 * lost, nothing is left behind, and that answers are those that the same requests get alone.
 */
final class Soak {
    private static final int SAMPLES = 100;
    private static final int BUSY_PAUSE_MILLIS = 100;

    private final Path model;
    private final Sizes sizes;
    private final Random random;
    private final Tally tally;

    Soak(Path model, Sizes sizes, long seed) {
        this.model = model;
        this.sizes = sizes;
        this.random = new Random(seed);
        this.tally = new Tally(SAMPLES, new Random(seed + 1));
    }

    /**
     * What a soak came to.
     *
     * @param compared answers that were held to those that the same requests got alone
     * @param problems what went wrong; empty if all is well
     */
    record Report(String requests, EngineStats stats, int compared, List<String> problems) {}

    /** @param goesOn given the number of accepted requests so far, whether there is to be another */
    Report run(LongPredicate goesOn) throws IOException, InterruptedException {
        EngineStats stats;
        try (Kernels kernels = kernels();
                LoadedModel loaded = load(sizes.crowded(), kernels);
                Engine engine = engine(loaded)) {
            drive(engine, new RandomLoad(random, sizes, loaded.vocabulary().size()), goesOn);
            tally.awaitFewerThan(1);
            stats = atRest(engine);
        }
        check(stats);
        List<Tally.Sample> samples = tally.samples();
        compareWithAlone(samples);
        return new Report(tally.toString(), stats, samples.size(), tally.problems());
    }

    private void drive(Engine engine, RandomLoad load, LongPredicate goesOn) throws InterruptedException {
        int limit = sizes.underWay();
        int meanPauseMillis = 0;
        while (goesOn.test(tally.accepted())) {
            // the first burst fills the cache; then bursts, steady times and lulls take turns
            if (random.nextInt(40) == 0) {
                limit = random.nextBoolean() ? sizes.underWay() : 1 + random.nextInt(sizes.running());
                meanPauseMillis = random.nextBoolean() ? 0 : random.nextInt(200);
            }
            tally.awaitFewerThan(limit);
            Thread.sleep((long) (-Math.log(1 - random.nextDouble()) * meanPauseMillis));
            if (random.nextInt(50) == 0) {
                refused(engine, load.tooLong());
            }
            call(engine, load.next());
        }
    }

    private void call(Engine engine, RandomLoad.Call call) throws InterruptedException {
        switch (engine.submit(call.request())) {
            case Admission.Accepted(Outbox outbox) -> {
                tally.begun();
                Thread.ofVirtual().start(() -> tally.ended(call.request(), read(outbox, call.client())));
            }
            case Admission.Busy busy -> {
                tally.busy();
                Thread.sleep(BUSY_PAUSE_MILLIS);
            }
            case Admission other -> tally.problem(call + ": " + other);
        }
    }

    private static Outcome read(Outbox outbox, Client client) {
        try {
            return Reader.read(outbox, client);
        } catch (InterruptedException | RuntimeException e) {
            return new Outcome.Lost("its client failed: " + e);
        }
    }

    private void refused(Engine engine, Request request) {
        Admission admission = engine.submit(request);
        if (admission instanceof Admission.TooLong) {
            tally.tooLong();
        } else {
            tally.problem("a prompt that can never fit was not refused: " + admission);
        }
    }

    /** The stats when the engine has heard of the last client that went away. */
    private EngineStats atRest(Engine engine) throws InterruptedException {
        long deadline = System.nanoTime() + Duration.ofMinutes(1).toNanos();
        EngineStats stats = engine.stats();
        while (stats.finished() + stats.cancelled() + stats.failed() < tally.accepted()
                && System.nanoTime() - deadline < 0) {
            Thread.sleep(5);
            stats = engine.stats();
        }
        return stats;
    }

    private void check(EngineStats stats) {
        if (stats.finished() + stats.cancelled() + stats.failed() != tally.accepted()) {
            tally.problem("of " + tally.accepted() + " accepted requests not all ended: " + stats);
        }
        if (stats.failed() != tally.thrownOut()) {
            tally.problem(stats.failed() + " requests failed, " + tally.thrownOut() + " for their clients");
        }
        if (stats.running() > 0 || stats.waiting() > 0 || stats.blocksUsed() > 0) {
            tally.problem("something is left behind: " + stats);
        }
    }

    private void compareWithAlone(List<Tally.Sample> samples) throws IOException, InterruptedException {
        try (Kernels kernels = kernels();
                LoadedModel loaded = load(sizes.roomy(), kernels);
                Engine engine = engine(loaded)) {
            for (Tally.Sample sample : samples) {
                Outcome alone = switch (engine.submit(RandomLoad.apart(sample.request()))) {
                    case Admission.Accepted(Outbox outbox) -> read(outbox, new Client.Eager());
                    case Admission other -> new Outcome.Lost(other.toString());
                };
                if (!alone.equals(new Outcome.Answered(sample.answer()))) {
                    tally.problem(sample.request() + " got " + sample.answer() + " under load, alone " + alone);
                }
            }
        }
    }

    private Engine engine(LoadedModel loaded) {
        return new Engine("soak", loaded.backend(), loaded.vocabulary(), sizes.engine(), new ReentrantLock());
    }

    private LoadedModel load(BackendOptions options, Kernels kernels) throws IOException {
        return new ModelLoader(options).load("soak", model, kernels);
    }

    private static Kernels kernels() {
        int threads = Runtime.getRuntime().availableProcessors();
        return Providers.choose(new KernelOptions(Optional.empty(), threads, KernelOptions.Activations.INT8))
                .kernels();
    }
}
