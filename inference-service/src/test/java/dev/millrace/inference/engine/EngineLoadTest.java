package dev.millrace.inference.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.inference.model.Step;
import dev.millrace.inference.sample.SamplingParameters;
import dev.millrace.inference.schedule.Prompt;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What an engine does with clients that leave it alone, ask too much of it, or are too many, and at its end. */
class EngineLoadTest extends RunningEngine {
    @Test
    void a_client_that_does_not_read_loses_its_request_and_holds_up_no_one() {
        EngineOptions small = new EngineOptions(64, 8, 8, 5, Duration.ofSeconds(30), true);
        Engine engine = engine(backend, small);
        Outbox unread = Answer.submit(engine, generate("slow", ids(2, 4), drawn(2), exactly(40)));
        // both run; this one's reader keeps up
        Outbox read = Answer.submit(engine, new Request.Score("fast", Prompt.of(ids(3, 180)), 0, ""));
        assertThat(Answer.read(read).failure()).isEmpty();
        while (engine.stats().failed() + engine.stats().finished() < 2) {
            Thread.onSpinWait();
        }
        Answer slow = Answer.read(unread);
        assertThat(slow.failure().orElseThrow().kind()).isEqualTo(Failure.Kind.SLOW_CLIENT);
        assertThat(unread.overflowed()).isTrue();
    }

    @Test
    void a_cancelled_request_holds_no_block_in_the_next_step() throws InterruptedException {
        CountDownLatch cancelled = new CountDownLatch(1);
        CountDownLatch next = new CountDownLatch(1);
        AtomicInteger steps = new AtomicInteger();
        Engine engine = engine(backend, OPTIONS);
        List<Outbox> outboxes = new ArrayList<>();
        CountDownLatch submitted = new CountDownLatch(1);
        backend.beforeEachStep(step -> {
            await(submitted);
            int number = steps.incrementAndGet();
            if (number == 10) {
                outboxes.getFirst().cancel();
                cancelled.countDown();
            } else if (number == 11) {
                // nothing of it is in the very next step
                assertThat(sequences(step)).isEqualTo(1);
                next.countDown();
            }
        });
        outboxes.add(Answer.submit(engine, generate("gone", ids(1, 60), drawn(1), exactly(100))));
        outboxes.add(Answer.submit(engine, generate("stays", ids(2, 4), drawn(2), exactly(40))));
        submitted.countDown();
        assertThat(cancelled.await(60, TimeUnit.SECONDS)).isTrue();
        assertThat(next.await(60, TimeUnit.SECONDS)).isTrue();
        assertThat(Answer.read(outboxes.getLast()).only().ids()).hasSize(40);
        assertThat(engine.stats().cancelled()).isEqualTo(1);
        assertThat(engine.stats().failed()).isZero();
    }

    private static long sequences(Step step) {
        return IntStream.of(step.batch().sequence())
                .limit(step.batch().tokens())
                .distinct()
                .count();
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(60, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void what_can_never_fit_is_refused_at_once_with_both_numbers() {
        Engine engine = engine(new HistoryBackend(10, 4, 200, VOCABULARY, 256), OPTIONS);
        assertThat(engine.limitTokens()).isEqualTo(40);
        assertThat(engine.submit(generate("long", ids(1, 40), drawn(1), exactly(1))))
                .isEqualTo(new Admission.TooLong(40, 1, 40));
        assertThat(engine.submit(generate("long", ids(1, 30), drawn(1), exactly(11))))
                .isEqualTo(new Admission.TooLong(30, 11, 40));
        assertThat(new Admission.TooLong(30, 11, 40).message())
                .isEqualTo(
                        "This model's maximum context length is 40 tokens, but 41 were asked for: 30 in the prompt and"
                                + " 11 in max_tokens. Shorten the prompt or lower max_tokens.");
        assertThat(Answer.to(engine, generate("fits", ids(1, 30), drawn(1), exactly(10)))
                        .only()
                        .ids())
                .hasSize(10);
    }

    @Test
    void foreign_ids_are_refused_with_the_field_and_the_id() {
        Engine engine = engine();
        assertThat(engine.submit(generate("p", new int[] {3, 64}, drawn(1), exactly(1))))
                .isEqualTo(new Admission.Invalid("prompt", "prompt must hold token ids from 0 to 63, holds 64"));
        SamplingParameters bias = new SamplingParameters(1, 0, 1, 0, 1, 0, 0, Map.of(-1, 1f), 0, OptionalInt.empty());
        assertThat(engine.submit(generate("b", new int[] {3}, bias, exactly(1))))
                .isEqualTo(
                        new Admission.Invalid("logit_bias", "logit_bias must hold token ids from 0 to 63, holds -1"));
    }

    @Test
    void beyond_the_queues_bound_requests_are_told_to_come_again() {
        CountDownLatch held = new CountDownLatch(1);
        backend.beforeEachStep(step -> await(held));
        EngineOptions small = new EngineOptions(8, 1, 2, 2_000, Duration.ofSeconds(30), true);
        Engine engine = engine(backend, small);
        List<Outbox> taken = new ArrayList<>();
        Admission refusal = null;
        for (int i = 0; refusal == null && i < 100; i++) {
            switch (engine.submit(generate("r" + i, ids(i, 5), drawn(i), exactly(3)))) {
                case Admission.Accepted(Outbox outbox) -> taken.add(outbox);
                case Admission other -> refusal = other;
            }
        }
        // at most one of those taken has begun, two wait
        assertThat(taken).hasSizeBetween(2, 3);
        assertThat(refusal).isInstanceOf(Admission.Busy.class);
        held.countDown();
        taken.forEach(outbox -> assertThat(Answer.read(outbox).failure()).isEmpty());
        assertThat(Answer.to(engine, generate("again", ids(9, 5), drawn(9), exactly(3)))
                        .failure())
                .isEmpty();
    }

    @Test
    void an_engine_that_is_closed_finishes_what_it_can_and_ends_the_rest_with_an_error() {
        Engine patient = engine();
        Outbox ends = Answer.submit(patient, request());
        patient.close();
        assertThat(Answer.read(ends).withoutTimings()).isEqualTo(alone());
        assertThat(patient.submit(request())).isEqualTo(new Admission.Stopping());

        EngineOptions hasty = new EngineOptions(64, 40, 64, 2_000, Duration.ZERO, true);
        HistoryBackend other = new HistoryBackend(64, 4, 200, VOCABULARY, 256);
        CountDownLatch first = new CountDownLatch(1);
        AtomicBoolean closing = new AtomicBoolean();
        other.beforeEachStep(step -> {
            first.countDown();
            while (!closing.get()) {
                Thread.onSpinWait();
            }
        });
        Engine engine = engine(other, hasty);
        Outbox cut = Answer.submit(engine, request());
        await(first);
        engine.stop();
        closing.set(true);
        engine.close();
        assertThat(Answer.read(cut).failure()).contains(new Failure(Failure.Kind.STOPPED, "The service is stopping."));
        assertThat(engine.stats().blocksUsed()).isZero();
    }

    @Test
    void ten_thousand_small_requests_leave_nothing_behind() {
        Engine engine = engine(backend, new EngineOptions(64, 40, 512, 100, Duration.ofSeconds(30), false));
        List<Outbox> open = new ArrayList<>();
        int threads = 0;
        for (int i = 0; i < 10_000; i++) {
            open.add(Answer.submit(engine, generate("r" + i, ids(i, 1 + i % 9), drawn(i), exactly(1 + i % 3))));
            if (open.size() == 200) {
                open.forEach(outbox -> assertThat(Answer.read(outbox).failure()).isEmpty());
                open.clear();
            }
            if (i == 1_000) {
                threads = Thread.activeCount();
            }
        }
        assertThat(engine.stats().finished()).isEqualTo(10_000);
        assertThat(engine.stats().blocksUsed()).isZero();
        assertThat(engine.stats().running() + engine.stats().waiting()).isZero();
        assertThat(Thread.activeCount()).isLessThanOrEqualTo(threads);
    }
}
