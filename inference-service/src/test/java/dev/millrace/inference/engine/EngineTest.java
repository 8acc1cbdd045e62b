package dev.millrace.inference.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.millrace.inference.model.Step;
import dev.millrace.inference.sample.SamplingParameters;
import dev.millrace.inference.schedule.Prompt;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class EngineTest {
    private static final int VOCABULARY = 64;
    private static final EngineOptions OPTIONS = new EngineOptions(64, 40, 64, 2_000, Duration.ofSeconds(30), true);

    private final HistoryBackend backend = new HistoryBackend(64, 4, 200, VOCABULARY, 256);
    private final ReentrantLock turns = new ReentrantLock();
    private final List<Engine> engines = new ArrayList<>();

    @AfterEach
    void close() {
        engines.forEach(Engine::close);
    }

    private Engine engine(HistoryBackend on, EngineOptions options) {
        Engine engine = new Engine("test", on, Alphabet.of(VOCABULARY), options, turns);
        engines.add(engine);
        return engine;
    }

    private Engine engine() {
        return engine(backend, OPTIONS);
    }

    private static int[] ids(int from, int count) {
        return IntStream.range(0, count)
                .map(i -> 2 + (from + i * 7) % (VOCABULARY - 2))
                .toArray();
    }

    private static SamplingParameters drawn(long seed) {
        return new SamplingParameters(0.9f, 0, 0.95f, 0, 1.1f, 0, 0, Map.of(), seed, OptionalInt.of(2));
    }

    private static Request.Generate generate(
            String id, int[] prompt, SamplingParameters sampling, StopConditions stop) {
        return new Request.Generate(id, Prompt.of(prompt), sampling, stop, 1, 0, "", false);
    }

    private static StopConditions exactly(int tokens) {
        return new StopConditions(OptionalInt.of(tokens), 0, List.of(), Set.of(), true, false);
    }

    private static Request.Generate request() {
        return generate("subject", ids(3, 50), drawn(11), exactly(40));
    }

    private static Answer alone() {
        HistoryBackend roomy = new HistoryBackend(64, 16, 200, VOCABULARY, 256);
        try (Engine engine = new Engine("alone", roomy, Alphabet.of(VOCABULARY), OPTIONS, new ReentrantLock())) {
            return Answer.to(engine, request()).withoutTimings();
        }
    }

    @Test
    void a_request_gets_the_same_tokens_beside_31_others() {
        Engine engine = engine(new HistoryBackend(1_000, 4, 200, VOCABULARY, 256), OPTIONS);
        List<Outbox> others = IntStream.range(0, 31)
                .mapToObj(i -> Answer.submit(engine, generate("o" + i, ids(i, 9 + i), drawn(i), exactly(60))))
                .toList();
        assertThat(Answer.to(engine, request()).withoutTimings()).isEqualTo(alone());
        others.forEach(other -> assertThat(Answer.read(other).failure()).isEmpty());
    }

    @Test
    void a_request_gets_the_same_tokens_in_chunks_of_7() {
        EngineOptions sevens = new EngineOptions(7, 2, 8, 2_000, Duration.ZERO, true);
        assertThat(Answer.to(engine(backend, sevens), request()).withoutTimings())
                .isEqualTo(alone());
    }

    @Test
    void a_request_gets_the_same_tokens_after_it_was_preempted() {
        Engine engine = engine(new HistoryBackend(30, 4, 110, VOCABULARY, 256), OPTIONS);
        // both are there before the first step
        List<Outbox> both;
        turns.lock();
        try {
            both = List.of(
                    Answer.submit(engine, request()),
                    Answer.submit(
                            engine,
                            new Request.Generate("h", Prompt.of(ids(9, 10)), drawn(1), exactly(90), 1, 1, "", false)));
        } finally {
            turns.unlock();
        }
        assertThat(Answer.read(both.getFirst()).withoutTimings()).isEqualTo(alone());
        assertThat(Answer.read(both.getLast()).failure()).isEmpty();
        assertThat(engine.stats().preemptions()).isPositive();
    }

    @Test
    void a_request_gets_the_same_tokens_with_its_prefix_cached() {
        Engine engine = engine();
        Answer first = Answer.to(engine, request());
        Answer second = Answer.to(engine, request());
        assertThat(first.withoutTimings()).isEqualTo(alone());
        assertThat(second.withoutTimings()).isEqualTo(alone());
        assertThat(first.finished().orElseThrow().usage().cachedTokens()).isZero();
        // of 50 tokens all but the last, whose logits are wanted: 12 blocks of 4, and one token of the next
        Event.Usage usage = second.finished().orElseThrow().usage();
        assertThat(usage.promptTokens()).isEqualTo(50);
        assertThat(usage.completionTokens()).isEqualTo(40);
        assertThat(usage.cachedTokens()).isEqualTo(49);
    }

    @Test
    void another_salt_finds_nothing_in_the_cache() {
        Engine engine = engine();
        Answer.to(engine, request());
        Answer salted = Answer.to(engine, RandomRequests.apart(request()));
        assertThat(salted.finished().orElseThrow().usage().cachedTokens()).isZero();
    }

    @Test
    void choices_differ_share_their_prompt_and_come_out_the_same_each_time() {
        Request.Generate three =
                new Request.Generate("n", Prompt.of(ids(5, 41)), drawn(3), exactly(20), 3, 0, "", false);
        Answer first = Answer.to(engine(), three);
        assertThat(first.choices()).hasSize(3);
        assertThat(first.choices().values().stream().map(Answer.Text::ids).distinct())
                .hasSize(3);
        Event.Usage usage = first.finished().orElseThrow().usage();
        assertThat(usage.promptTokens()).isEqualTo(41);
        assertThat(usage.completionTokens()).isEqualTo(60);
        // 41 of the first, then 1 of each of the others: 40 are found
        assertThat(engines.getFirst().stats().hitTokens()).isEqualTo(80);
        HistoryBackend other = new HistoryBackend(100, 16, 200, VOCABULARY, 256);
        assertThat(Answer.to(engine(other, OPTIONS), three).withoutTimings()).isEqualTo(first.withoutTimings());
    }

    @Test
    void an_answer_ends_before_a_stop_string_that_spans_tokens() {
        Answer free = Answer.to(engine(), generate("free", ids(1, 8), SamplingParameters.greedy(), exactly(30)));
        String text = free.only().text();
        String stop = text.substring(9, 13);
        StopConditions stops = new StopConditions(OptionalInt.of(30), 0, List.of(stop), Set.of(), true, false);
        Answer stopped = Answer.to(engine(), generate("stop", ids(1, 8), SamplingParameters.greedy(), stops));
        assertThat(stopped.only().text()).isEqualTo(text.substring(0, text.indexOf(stop)));
        assertThat(stopped.only().reason()).contains(new FinishReason.StopString(stop));
    }

    @Test
    void an_answer_ends_at_a_stop_id_which_is_counted_but_not_shown() {
        Answer free = Answer.to(engine(), generate("free", ids(1, 8), SamplingParameters.greedy(), exactly(30)));
        int id = free.only().ids().get(6);
        int at = free.only().ids().indexOf(id);
        StopConditions stops = new StopConditions(OptionalInt.of(30), 0, List.of(), Set.of(id), true, false);
        Answer stopped = Answer.to(engine(), generate("stop", ids(1, 8), SamplingParameters.greedy(), stops));
        assertThat(stopped.only().ids()).isEqualTo(free.only().ids().subList(0, at));
        assertThat(stopped.only().reason()).contains(new FinishReason.StopId(id));
        assertThat(stopped.finished().orElseThrow().usage().completionTokens()).isEqualTo(at + 1);
    }

    @Test
    void scores_are_the_prompts_own_log_probabilities_however_they_are_asked_for() {
        int[] prompt = ids(4, 30);
        Answer scored = Answer.to(engine(), new Request.Score("s", Prompt.of(prompt), 2, ""));
        SamplingParameters sampling = new SamplingParameters(0, 0, 1, 0, 1, 0, 0, Map.of(), 0, OptionalInt.of(2));
        Answer generated =
                Answer.to(engine(), new Request.Generate("g", Prompt.of(prompt), sampling, exactly(1), 1, 0, "", true));
        assertThat(scored.promptLogprobs()).hasSize(30).isEqualTo(generated.promptLogprobs());
        assertThat(scored.promptLogprobs().getFirst().logprob()).isNaN();
        // what the answer's token got is what scoring it gives
        int[] longer = IntStream.concat(
                        IntStream.of(prompt),
                        IntStream.of(generated.only().ids().getFirst()))
                .toArray();
        Answer both = Answer.to(engine(), new Request.Score("b", Prompt.of(longer), 2, ""));
        assertThat(both.promptLogprobs().getLast())
                .isEqualTo(generated.only().logprobs().getFirst());
    }

    @Test
    void one_token_can_be_scored() {
        Answer scored = Answer.to(engine(), new Request.Score("s", Prompt.of(5), 0, ""));
        assertThat(scored.promptLogprobs()).hasSize(1);
        assertThat(scored.promptLogprobs().getFirst().logprob()).isNaN();
    }

    @Test
    void vectors_are_the_same_however_inputs_are_cut_and_have_length_1_if_asked_for() {
        Request embed = new Request.Embed(
                "e", List.of(Prompt.of(ids(1, 33)), Prompt.of(ids(2, 5))), Request.Pooling.MEAN, true);
        Answer whole = Answer.to(engine(), embed);
        EngineOptions sevens = new EngineOptions(7, 2, 8, 2_000, Duration.ZERO, true);
        HistoryBackend other = new HistoryBackend(64, 8, 200, VOCABULARY, 256);
        assertThat(Answer.to(engine(other, sevens), embed).embeddings()).isEqualTo(whole.embeddings());
        double squares = whole.embeddings().values().iterator().next().stream()
                .mapToDouble(v -> (double) v * v)
                .sum();
        assertThat(squares).isCloseTo(1, within(1e-6));
    }

    @Test
    void logits_that_are_no_numbers_end_their_request_alone() {
        backend.breakAfter(63);
        Engine engine = engine();
        Outbox sound = Answer.submit(
                engine,
                generate(
                        "ok",
                        ids(1, 8),
                        new SamplingParameters(0, 0, 1, 0, 1, 0, 0, Map.of(63, -100f), 0, OptionalInt.empty()),
                        exactly(30)));
        Answer broken = Answer.to(engine, generate("nan", new int[] {5, 63}, drawn(1), exactly(30)));
        assertThat(broken.failure().orElseThrow().message())
                .isEqualTo(
                        "The model gave no usable result for token 1: the model's logits have no finite maximum: it is"
                                + " NaN.");
        assertThat(Answer.read(sound).only().ids()).hasSize(30);
        assertThat(engine.stats().failed()).isEqualTo(1);
    }

    @Test
    void a_step_that_fails_ends_its_requests_and_the_engine_goes_on() {
        AtomicBoolean fails = new AtomicBoolean(true);
        backend.beforeEachStep(step -> {
            if (fails.get()) {
                throw new IllegalStateException("no more power");
            }
        });
        Engine engine = engine();
        Answer failed = Answer.to(engine, request());
        assertThat(failed.failure().orElseThrow().message()).contains("no more power");
        fails.set(false);
        assertThat(Answer.to(engine, request()).withoutTimings()).isEqualTo(alone());
        assertThat(engine.stats().blocksUsed()).isZero();
    }

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
    void without_max_tokens_an_answer_may_fill_the_context() {
        Engine engine = engine(new HistoryBackend(10, 4, 200, VOCABULARY, 256), OPTIONS);
        StopConditions open = new StopConditions(OptionalInt.empty(), 0, List.of(), Set.of(), true, false);
        Answer answer = Answer.to(engine, generate("open", ids(1, 30), drawn(1), open));
        assertThat(answer.only().ids()).hasSize(10);
        assertThat(answer.only().reason()).contains(new FinishReason.Length());
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
