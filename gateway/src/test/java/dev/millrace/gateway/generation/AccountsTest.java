package dev.millrace.gateway.generation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contracts.v1.EmbedRequest;
import dev.millrace.contracts.v1.EmbedResponse;
import dev.millrace.contracts.v1.GenerateRequest;
import dev.millrace.contracts.v1.StopConditions;
import dev.millrace.contracts.v1.TokenIds;
import dev.millrace.gateway.FakeBackend;
import dev.millrace.gateway.backend.Channels;
import dev.millrace.gateway.backend.EngineClient;
import dev.millrace.gateway.keys.Caller;
import dev.millrace.gateway.keys.KeyLimits;
import dev.millrace.gateway.keys.Scope;
import dev.millrace.gateway.limit.Limits;
import dev.millrace.gateway.limit.Reservation;
import dev.millrace.gateway.request.RefusedException;
import dev.millrace.gateway.request.RequestContext;
import dev.millrace.gateway.route.Replica;
import dev.millrace.gateway.route.Route;
import dev.millrace.gateway.route.Routes;
import dev.millrace.gateway.route.ServedModel;
import dev.millrace.gateway.usage.RequestUsage;
import dev.millrace.testing.Eventually;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Whatever becomes of a request's reader, and whenever: what was set aside is settled once, and counted once. */
class AccountsTest {
    private static final int MAX_WAITING = 64;
    /** Words, the end of the choice, the end of the answer. */
    private static final int WORDS = 6;

    private static final int EVENTS = WORDS + 2;

    private final FakeBackend backend = new FakeBackend();
    private final Channels channels = new Channels();
    private final Replica replica = new Replica(backend.address());
    private final Routes routes = new Routes(List.of());
    private final OneReservation limits = new OneReservation();
    private final Queue<RequestUsage> usages = new ConcurrentLinkedQueue<>();
    private final Ledger ledger = new Ledger(limits, usages::add);
    private final EngineClient engines = new EngineClient(channels);
    private final Generator generator = new Generator(ledger, routes, engines, MAX_WAITING);

    /** Counts how often each reservation is settled. */
    private static final class OneReservation implements Limits {
        final Queue<AtomicInteger> settled = new ConcurrentLinkedQueue<>();
        volatile Runnable whileReserving = () -> {};

        @Override
        public Reservation reserve(Caller caller, String model, long tokens) {
            AtomicInteger times = new AtomicInteger();
            settled.add(times);
            whileReserving.run();
            return new Reservation.Granted() {
                @Override
                public Map<String, String> headers() {
                    return Map.of();
                }

                @Override
                public void settle(long usedTokens) {
                    times.incrementAndGet();
                }
            };
        }
    }

    /** Reads so many events, and then no more. */
    private static final class Reader extends BaseSubscriber<Object> {
        final List<Object> events = Collections.synchronizedList(new ArrayList<>());
        final CompletableFuture<Optional<Throwable>> end = new CompletableFuture<>();
        private final int wanted;
        private final boolean leaves;

        /**
         * @param leaves whether it cancels when it has what it wanted, rather than only asking for no more
         */
        Reader(int wanted, boolean leaves) {
            this.wanted = wanted;
            this.leaves = leaves;
        }

        @Override
        protected void hookOnSubscribe(Subscription subscription) {
            if (wanted > 0) {
                subscription.request(wanted);
            } else if (leaves) {
                dispose();
            }
        }

        @Override
        protected void hookOnNext(Object event) {
            events.add(event);
            if (leaves && events.size() == wanted) {
                dispose();
            }
        }

        @Override
        protected void hookOnError(Throwable failure) {
            end.complete(Optional.of(failure));
        }

        @Override
        protected void hookOnComplete() {
            end.complete(Optional.empty());
        }
    }

    private static Reader eager() {
        return new Reader(Integer.MAX_VALUE, false);
    }

    @AfterEach
    void close() {
        channels.close();
        backend.close();
    }

    private Route.Engines engines(String model) {
        ServedModel served = new ServedModel(
                model,
                ServedModel.State.READY,
                "",
                FakeBackend.CONTEXT_TOKENS,
                FakeBackend.WIDTH,
                FakeBackend.VOCABULARY,
                16,
                Instant.EPOCH,
                Optional.empty(),
                true);
        return new Route.Engines(served, List.of(replica));
    }

    private static RequestContext context() {
        Caller caller = new Caller("key-1", "test", Set.of(Scope.INFERENCE), List.of(), KeyLimits.NONE);
        return new RequestContext("req_1", caller, "test", Instant.now());
    }

    private Flux<Generated> answer(String model, int prompts) {
        return answer(model, prompts, _ -> {});
    }

    private Flux<Generated> answer(String model, int prompts, Consumer<Map<String, String>> headers) {
        GenerateRequest shape = GenerateRequest.newBuilder()
                .setStop(StopConditions.newBuilder().setMaxTokens(WORDS))
                .build();
        TokenIds prompt = TokenIds.newBuilder().addIds(1).addIds(2).build();
        return generator.generate(
                new Job(context(), engines(model), "prompt", Collections.nCopies(prompts, prompt), shape, true),
                headers);
    }

    private RequestUsage counted() throws Exception {
        Eventually.holds("the request is counted", () -> !usages.isEmpty());
        Eventually.holds("no engine is busy", () -> backend.running.get() == 0);
        Eventually.holds("nothing is routed there", () -> routes.running(replica) == 0);
        assertThat(limits.settled)
                .singleElement()
                .satisfies(times -> assertThat(times).hasValue(1));
        assertThat(usages).hasSize(1);
        return usages.element();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 30, MAX_WAITING, 100})
    void a_reader_that_stops_reading_an_endless_answer_holds_nothing(int read) throws Exception {
        Reader reader = new Reader(read, false);
        answer(FakeBackend.ENDLESS, 1).subscribe(reader);
        RequestUsage usage = counted();
        assertThat(usage.status()).isEqualTo(499);
        assertThat(usage.completionTokens()).isGreaterThanOrEqualTo(read + MAX_WAITING);
        assertThat(reader.end).isNotDone();
        // what waited is still his; then he is told
        reader.requestUnbounded();
        assertThat(reader.end.get().orElseThrow())
                .isInstanceOfSatisfying(
                        RefusedException.class,
                        refused -> assertThat(refused.refusal().code()).hasValue("too_slow"));
        assertThat(reader.events).hasSize(read + MAX_WAITING);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, EVENTS - 1})
    void a_reader_that_stops_reading_an_answer_that_ends_holds_nothing(int read) throws Exception {
        Reader reader = new Reader(read, false);
        answer(FakeBackend.TINY, 1).subscribe(reader);
        RequestUsage usage = counted();
        assertThat(usage.status()).isEqualTo(200);
        assertThat(usage.completionTokens()).isEqualTo(WORDS);
        reader.requestUnbounded();
        assertThat(reader.end.get()).isEmpty();
        assertThat(reader.events).hasSize(EVENTS);
    }

    @Test
    void many_prompts_are_one_account() throws Exception {
        Reader reader = eager();
        answer(FakeBackend.TINY, 40).subscribe(reader);
        assertThat(reader.end.get()).isEmpty();
        assertThat(counted().completionTokens()).isEqualTo(40 * WORDS);
        assertThat(reader.events).hasSize(40 * EVENTS);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, WORDS, EVENTS - 1, EVENTS})
    void a_reader_that_leaves_after_any_event_is_counted_once(int read) throws Exception {
        for (int prompts : new int[] {1, 3}) {
            usages.clear();
            limits.settled.clear();
            answer(FakeBackend.TINY, prompts).subscribe(new Reader(read, true));
            counted();
        }
    }

    /** Where in the walk a reader leaves before the first event. */
    enum Moment {
        WHILE_RESERVING,
        WHEN_HEADERS_ARE_KNOWN,
        WHILE_THE_ENGINE_WORKS
    }

    @ParameterizedTest
    @EnumSource(Moment.class)
    void a_reader_that_leaves_before_the_first_event_is_counted_once(Moment moment) throws Exception {
        Reader reader = eager();
        if (moment == Moment.WHILE_RESERVING) {
            limits.whileReserving = reader::dispose;
        }
        answer(FakeBackend.GATED, 1, _ -> {
                    if (moment == Moment.WHEN_HEADERS_ARE_KNOWN) {
                        reader.dispose();
                    }
                })
                .subscribe(reader);
        if (moment == Moment.WHILE_THE_ENGINE_WORKS) {
            Eventually.holds("the engine works", () -> backend.running.get() == 1);
            reader.dispose();
        }
        RequestUsage usage = counted();
        assertThat(usage.status()).isEqualTo(499);
        assertThat(usage.completionTokens()).isZero();
        assertThat(reader.events).isEmpty();
    }

    @Test
    void a_reader_that_leaves_at_once_has_nothing_reserved_that_stays() throws Exception {
        answer(FakeBackend.ENDLESS, 1).subscribe(new Reader(0, true));
        Eventually.holds("no engine is busy", () -> backend.running.get() == 0);
        assertThat(limits.settled).allSatisfy(times -> assertThat(times).hasValue(1));
    }

    @Test
    void a_failure_between_the_reservation_and_the_engine_gives_it_back() throws Exception {
        Reader reader = eager();
        answer(FakeBackend.TINY, 1, _ -> {
                    throw new IllegalStateException("the headers are out already");
                })
                .subscribe(reader);
        assertThat(reader.end.get()).get().isInstanceOf(IllegalStateException.class);
        assertThat(counted().status()).isEqualTo(500);
    }

    @ParameterizedTest
    @ValueSource(strings = {FakeBackend.BUSY, FakeBackend.CRASHES, FakeBackend.BREAKS, FakeBackend.FALLS_SILENT})
    void a_failure_that_nobody_reads_of_is_counted_once(String model) throws Exception {
        answer(model, 1).subscribe(new Reader(0, false));
        assertThat(counted().status()).isGreaterThanOrEqualTo(500);
    }

    @Test
    void vectors_that_nobody_waits_for_hold_nothing() throws Exception {
        EmbedRequest wish = EmbedRequest.newBuilder()
                .addInputs(TokenIds.newBuilder().addIds(1))
                .build();
        Embedder embedder = new Embedder(ledger, routes, engines);
        Reader reader = eager();
        limits.whileReserving = reader::dispose;
        embedder.embed(context(), engines(FakeBackend.TINY), wish, _ -> {}).subscribe(reader);
        assertThat(counted().status()).isEqualTo(499);
        assertThat(reader.events).doesNotHaveAnyElementsOfTypes(EmbedResponse.class);
    }

    @Test
    void work_that_no_model_does_is_counted_once_with_what_it_says_it_read() throws Exception {
        assertThat(ledger.metered(context(), "rerank", Stream.of("a", "text"), Mono.just("done"), _ -> 7)
                        .block())
                .isEqualTo("done");
        assertThat(counted()).satisfies(usage -> {
            assertThat(usage.model()).isEqualTo("rerank");
            assertThat(usage.promptTokens()).isEqualTo(7);
            assertThat(usage.status()).isEqualTo(200);
        });
        assertThat(limits.settled)
                .hasSize(1)
                .allSatisfy(times -> assertThat(times).hasValue(1));
    }

    /** Beside the moments above, all those that nobody thought of. */
    @Test
    void a_reader_that_leaves_at_any_time_is_counted_once() throws Exception {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        for (int round = 0; round < 2_000; round++) {
            usages.clear();
            limits.settled.clear();
            Reader reader = eager();
            CountDownLatch begun = new CountDownLatch(1);
            int spins = random.nextInt(20_000);
            Thread leaver = Thread.ofPlatform().start(() -> {
                begun.countDown();
                for (int spin = 0; spin < spins; spin++) {
                    Thread.onSpinWait();
                }
                reader.dispose();
            });
            begun.await();
            answer(random.nextBoolean() ? FakeBackend.TINY : FakeBackend.ENDLESS, 1 + random.nextInt(2))
                    .subscribe(reader);
            leaver.join();
            Eventually.holds("the request is counted", () -> usages.size() == limits.settled.size());
            assertThat(limits.settled).allSatisfy(times -> assertThat(times).hasValue(1));
            Eventually.holds("the replica is free", () -> routes.running(replica) == 0);
        }
        Eventually.holds("no engine is busy", () -> backend.running.get() == 0);
    }
}
