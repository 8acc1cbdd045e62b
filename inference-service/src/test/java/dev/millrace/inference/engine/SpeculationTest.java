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
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** An answer is the same with drafts and without, and comes in fewer steps. */
class SpeculationTest {
    private static final int VOCABULARY = 64;
    private static final StopConditions FORTY = stop(40, 0, List.of(), Set.of());

    private final ReentrantLock turns = new ReentrantLock();

    private static <T> T with(Speculation speculation, HistoryBackend backend, Function<Engine, T> load) {
        return with(speculation, backend, new ReentrantLock(), load);
    }

    private static <T> T with(
            Speculation speculation, HistoryBackend backend, ReentrantLock turns, Function<Engine, T> load) {
        EngineOptions options = new EngineOptions(64, 40, 64, 2_000, Duration.ofSeconds(30), true, speculation);
        try (Engine engine = new Engine("test", backend, Alphabet.of(VOCABULARY), options, turns)) {
            return load.apply(engine);
        }
    }

    private static HistoryBackend backend(int blocks) {
        return new HistoryBackend(blocks, 4, 200, VOCABULARY, 256).withHabit(7.5f);
    }

    private static Answer without(Request request) {
        return with(Speculation.OFF, backend(200), engine -> Answer.to(engine, request));
    }

    private static StopConditions stop(int max, int min, List<String> strings, Set<Integer> ids) {
        return new StopConditions(OptionalInt.of(max), min, strings, ids, true, false);
    }

    private static SamplingParameters drawn(float temperature) {
        return new SamplingParameters(temperature, 0, 0.95f, 0, 1, 0, 0, Map.of(), 5, OptionalInt.of(2));
    }

    private static Request.Generate generate(SamplingParameters sampling, StopConditions stop, int n) {
        // what habit makes of it: it goes round in thirty
        int[] prompt = new int[45];
        prompt[0] = 9;
        for (int i = 1; i < prompt.length; i++) {
            prompt[i] = HistoryBackend.habitual(prompt[i - 1], VOCABULARY);
        }
        return new Request.Generate("r", Prompt.of(prompt), sampling, stop, n, 0, "", n == 1);
    }

    /** The same tokens, texts, log-probabilities and reasons, and as many tokens counted. */
    private static void assertSame(Answer with, Answer without) {
        assertThat(with.withoutTimings()).isEqualTo(without.withoutTimings());
        Event.Usage expected = without.finished().orElseThrow().usage();
        Event.Usage usage = with.finished().orElseThrow().usage();
        assertThat(usage.promptTokens()).isEqualTo(expected.promptTokens());
        assertThat(usage.completionTokens()).isEqualTo(expected.completionTokens());
        assertThat(expected.draftedTokens()).isZero();
    }

    static Stream<Request.Generate> requests() {
        SamplingParameters penalised =
                new SamplingParameters(0.7f, 20, 1, 0.01f, 1.05f, 0.1f, 0.05f, Map.of(), 8, OptionalInt.of(0));
        SamplingParameters biased =
                new SamplingParameters(0, 0, 1, 0, 1, 0, 0, Map.of(9, 3f, 20, -2f), 8, OptionalInt.empty());
        return Stream.of(
                generate(SamplingParameters.greedy(), FORTY, 1),
                generate(drawn(0.3f), FORTY, 1),
                generate(drawn(1), FORTY, 1),
                generate(penalised, FORTY, 1),
                generate(biased, FORTY, 1),
                generate(drawn(0.6f), FORTY, 3),
                generate(drawn(0.6f), stop(40, 30, List.of("a", "e"), Set.of(20, 33)), 1));
    }

    @ParameterizedTest
    @MethodSource("requests")
    void answers_are_the_same_at_any_temperature_with_penalties_and_bias_and_for_many_choices(Request request) {
        HistoryBackend backend = backend(200);
        Answer answer = with(Speculation.EAGER, backend, engine -> Answer.to(engine, request));
        assertSame(answer, without(request));
        Event.Usage usage = answer.finished().orElseThrow().usage();
        assertThat(usage.draftedTokens()).isPositive();
        assertThat(usage.acceptedTokens()).isBetween(0, usage.draftedTokens());
    }

    @Test
    void what_repeats_comes_in_fewer_steps() {
        Request request = generate(SamplingParameters.greedy(), stop(100, 0, List.of(), Set.of()), 1);
        HistoryBackend certain = new HistoryBackend(200, 4, 200, VOCABULARY, 256).withHabit(20);
        EngineStats stats = with(Speculation.EAGER, certain, engine -> {
            Answer.to(engine, request);
            return engine.stats();
        });
        assertThat(stats.generatedTokens()).isEqualTo(100);
        assertThat(stats.steps()).isLessThan(30);
        // the first comes of the prompt, each further step gives one that was not tried
        assertThat(stats.acceptedTokens()).isEqualTo(100 - stats.steps());
        assertThat(stats.drafts()).isPositive();
    }

    @Test
    void an_answer_ends_at_max_tokens_wherever_in_a_draft_that_is() {
        for (int max = 1; max <= 40; max++) {
            Request request = generate(SamplingParameters.greedy(), stop(max, 0, List.of(), Set.of()), 1);
            Answer answer = with(Speculation.EAGER, backend(200), engine -> Answer.to(engine, request));
            assertSame(answer, without(request));
            assertThat(answer.only().ids()).hasSize(max);
        }
    }

    @Test
    void an_answer_ends_at_the_end_of_the_context_wherever_in_a_draft_that_is() {
        for (int blocks = 12; blocks < 20; blocks++) {
            int limit = 4 * blocks;
            StopConditions open = new StopConditions(OptionalInt.empty(), 0, List.of(), Set.of(), true, false);
            Request request = generate(SamplingParameters.greedy(), open, 1);
            HistoryBackend small = backend(blocks);
            Answer answer = with(Speculation.EAGER, small, engine -> Answer.to(engine, request));
            assertThat(answer.only().ids()).hasSize(limit - 45);
            HistoryBackend other = backend(blocks);
            assertSame(answer, with(Speculation.OFF, other, engine -> Answer.to(engine, request)));
        }
    }

    @Test
    void an_answer_ends_before_a_stop_string_wherever_in_a_draft_it_ends() {
        String text =
                without(generate(SamplingParameters.greedy(), FORTY, 1)).only().text();
        int drafted = 0;
        for (int from = 5; from < text.length() - 4; from++) {
            StopConditions stops = stop(40, from / 2, List.of(text.substring(from, from + 4)), Set.of());
            Request request = generate(SamplingParameters.greedy(), stops, 1);
            Answer answer = with(Speculation.EAGER, backend(200), engine -> Answer.to(engine, request));
            assertSame(answer, without(request));
            drafted += answer.finished().orElseThrow().usage().acceptedTokens();
        }
        assertThat(drafted).isPositive();
    }

    @Test
    void an_answer_is_the_same_beside_31_others_which_leave_no_room_for_drafts_and_when_they_are_gone() {
        Request subject = generate(drawn(0.5f), stop(120, 0, List.of(), Set.of()), 1);
        HistoryBackend backend = backend(1_000);
        AtomicInteger largest = new AtomicInteger();
        backend.beforeEachStep(step -> {
            if (drafts(step)) {
                largest.accumulateAndGet(step.batch().tokens(), Math::max);
            }
        });
        Answer answer = with(Speculation.EAGER, backend, engine -> {
            List<Outbox> others = new ArrayList<>();
            for (int i = 0; i < 31; i++) {
                StopConditions stop = stop(20 + 2 * i, 0, List.of(), Set.of());
                others.add(Answer.submit(engine, RandomRequests.apart(generate(drawn(0.05f * i), stop, 1))));
            }
            Answer got = Answer.to(engine, subject);
            others.forEach(other -> assertThat(Answer.read(other).failure()).isEmpty());
            return got;
        });
        assertSame(answer, without(subject));
        assertThat(answer.finished().orElseThrow().usage().acceptedTokens()).isPositive();
        assertThat(largest.get()).isBetween(3, 8);
    }

    /** Whether some sequence has more than one token past its prompt in the step. */
    private static boolean drafts(Step step) {
        return IntStream.range(1, step.batch().tokens())
                .anyMatch(t -> step.batch().sequence()[t] == step.batch().sequence()[t - 1]
                        && step.batch().position()[t - 1] >= 45);
    }

    @Test
    void an_answer_is_the_same_after_it_was_preempted() {
        Request subject = generate(drawn(0.5f), FORTY, 1);
        Answer answer = with(Speculation.EAGER, backend(36), turns, engine -> {
            // both are there before the first step
            List<Outbox> both;
            turns.lock();
            try {
                Request.Generate other = generate(drawn(0.4f), stop(90, 0, List.of(), Set.of()), 1);
                both = List.of(
                        Answer.submit(engine, subject),
                        Answer.submit(
                                engine,
                                new Request.Generate(
                                        "h", other.prompt(), other.sampling(), other.stop(), 1, 1, "other", false)));
            } finally {
                turns.unlock();
            }
            Answer got = Answer.read(both.getFirst());
            assertThat(Answer.read(both.getLast()).failure()).isEmpty();
            assertThat(engine.stats().preemptions()).isPositive();
            return got;
        });
        assertSame(answer, without(subject));
    }

    @Test
    void what_drafts_computed_is_found_in_the_cache_and_what_was_wrong_is_not() {
        Request.Generate first = generate(SamplingParameters.greedy(), FORTY, 1);
        Answer free = without(first);
        // the first answer's text and a little more as a prompt
        int[] prompt = IntStream.concat(
                        IntStream.concat(
                                IntStream.of(first.prompt().ids()),
                                free.only().ids().stream().mapToInt(Integer::intValue)),
                        IntStream.of(9, 9))
                .toArray();
        Request second =
                new Request.Generate("second", Prompt.of(prompt), SamplingParameters.greedy(), FORTY, 1, 0, "", false);
        HistoryBackend backend = backend(200);
        Answer answer = with(Speculation.EAGER, backend, engine -> {
            Answer.to(engine, first);
            return Answer.to(engine, second);
        });
        assertSame(answer, without(second));
        // of 87 tokens, 84 were computed: the last of the answer never was
        assertThat(answer.finished().orElseThrow().usage().cachedTokens()).isEqualTo(84);
    }
}
