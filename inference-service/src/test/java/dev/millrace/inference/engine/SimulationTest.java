package dev.millrace.inference.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.inference.model.Adapter;
import dev.millrace.inference.model.EmptyAdapter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Random load on a cache that is far too small for it, with the invariants checked after every step. */
class SimulationTest {
    private static final int VOCABULARY = 64;
    private static final int CONTEXT = 72;
    private static final int STEPS = 4_000;
    private static final float HABIT = 6;

    /** A request on its way. */
    private record Running(Request request, Optional<Adapter> adapter, Outbox outbox, AtomicBoolean cancelled) {}

    @ParameterizedTest
    @CsvSource({
        // blocks, tokens of a block, tokens of a step, running
        "18, 4, 7, 6",
        "24, 4, 64, 16",
        "40, 2, 16, 12",
        "10, 16, 33, 8",
        "120, 1, 9, 9",
    })
    void every_request_gets_the_tokens_that_it_gets_alone(int blocks, int blockTokens, int stepTokens, int running)
            throws InterruptedException {
        simulate(blocks, blockTokens, stepTokens, running);
    }

    @ParameterizedTest
    @CsvSource({
        "18, 4, 7, 3",
        "18, 4, 64, 3",
        "10, 16, 16, 3",
        "80, 1, 9, 3",
    })
    void drafts_change_no_token(int blocks, int blockTokens, int stepTokens, int running) throws InterruptedException {
        // few run: the steps are small enough for drafts
        EngineStats stats = simulate(blocks, blockTokens, stepTokens, running);
        assertThat(stats.acceptedTokens()).isPositive();
        assertThat(stats.draftedTokens()).isGreaterThan(stats.acceptedTokens());
    }

    private static EngineStats simulate(int blocks, int blockTokens, int stepTokens, int running)
            throws InterruptedException {
        long seed = new Random().nextLong();
        System.out.println("simulation with seed " + seed);
        Random random = new Random(seed);
        List<Adapter> adapters =
                Stream.of("first", "second", "third").map(EmptyAdapter::of).toList();
        RandomRequests requests = new RandomRequests(random, VOCABULARY, 40, 28);
        HistoryBackend backend =
                new HistoryBackend(blocks, blockTokens, CONTEXT, VOCABULARY, stepTokens).withHabit(HABIT);
        EngineOptions options =
                new EngineOptions(stepTokens, running, 1_000, 1_000, Duration.ofMinutes(1), true, Speculation.EAGER);
        List<Running> all = new ArrayList<>();
        List<Throwable> bugs = new CopyOnWriteArrayList<>();
        ReentrantLock turns = new ReentrantLock();
        Engine engine = new Engine("simulated", backend, Alphabet.of(VOCABULARY), options, turns);
        try {
            CountDownLatch done = new CountDownLatch(STEPS);
            // on the engine's own thread, so that the seed decides everything
            backend.beforeEachStep(step -> {
                try {
                    if (done.getCount() > 0) {
                        act(engine, requests, adapters, random, all, running);
                    }
                } catch (Throwable e) {
                    bugs.add(e);
                }
                done.countDown();
            });
            // the first is in the list before the first step looks there
            turns.lock();
            try {
                submit(engine, requests.next(), Optional.empty(), all);
            } finally {
                turns.unlock();
            }
            assertThat(done.await(5, TimeUnit.MINUTES)).isTrue();
        } finally {
            engine.close();
        }
        EngineStats stats = engine.stats();
        assertThat(bugs).isEmpty();
        compareWithAlone(all);

        int cancelled = (int) all.stream().filter(r -> r.cancelled().get()).count();
        System.out.printf("%d requests, %d cancelled; %s%n", all.size(), cancelled, stats);
        // the load was one that means something
        assertThat(stats.preemptions()).isPositive();
        assertThat(stats.hitTokens()).isPositive();
        assertThat(stats.cancelled()).isPositive();
        assertThat(stats.failed()).isZero();
        assertThat(stats.finished() + stats.cancelled()).isEqualTo(all.size());
        assertThat(stats.blocksUsed()).isZero();
        // each adapter was given back as often as it was taken
        adapters.forEach(Adapter::close);
        assertThat(adapters).noneMatch(Adapter::acquire);
        return stats;
    }

    private static void act(
            Engine engine,
            RandomRequests requests,
            List<Adapter> adapters,
            Random random,
            List<Running> all,
            int running) {
        boolean cancels = random.nextInt(12) == 0;
        if (cancels) {
            Running one = all.get(Math.max(0, all.size() - 1 - random.nextInt(2 * running)));
            one.cancelled().set(true);
            one.outbox().cancel();
        }
        long alive = (long) engine.stats().running() + engine.stats().waiting();
        // as long as more live than run in this step, there is a next step; the stats don't know yet of the latest
        // cancellation, which may have ended three sequences
        if (cancels || alive <= running + 3 || random.nextInt(20) == 0) {
            Optional<Adapter> adapter = random.nextBoolean()
                    ? Optional.empty()
                    : Optional.of(adapters.get(random.nextInt(adapters.size())));
            submit(engine, requests.next(), adapter, all);
        }
    }

    private static void submit(Engine engine, Request request, Optional<Adapter> adapter, List<Running> all) {
        all.add(new Running(request, adapter, Answer.submit(engine, request, adapter), new AtomicBoolean()));
    }

    private static void compareWithAlone(List<Running> all) {
        HistoryBackend roomy = new HistoryBackend(256, 8, CONTEXT, VOCABULARY, 512).withHabit(HABIT);
        EngineOptions options = new EngineOptions(512, 16, 16, 1_000, Duration.ZERO, false, Speculation.OFF);
        try (Engine alone = new Engine("alone", roomy, Alphabet.of(VOCABULARY), options, new ReentrantLock())) {
            for (Running running : all) {
                Optional<Answer> got =
                        ended(running.outbox(), running.cancelled().get());
                if (got.isPresent()) {
                    Answer expected = Answer.read(
                            Answer.submit(alone, RandomRequests.apart(running.request()), running.adapter()));
                    assertThat(got.get().withoutTimings())
                            .as("%s", running.request())
                            .isEqualTo(expected.withoutTimings());
                }
            }
        }
    }

    /** What a request gave; empty if it was cancelled in time. */
    private static Optional<Answer> ended(Outbox outbox, boolean cancelled) {
        return cancelled ? Optional.empty() : Optional.of(Answer.read(outbox));
    }
}
