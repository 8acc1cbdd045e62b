package dev.millrace.inference.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.millrace.inference.sample.SamplingParameters;
import dev.millrace.inference.schedule.Prompt;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What answers a request gets. */
class EngineTest extends RunningEngine {
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
    void without_max_tokens_an_answer_may_fill_the_context() {
        Engine engine = engine(new HistoryBackend(10, 4, 200, VOCABULARY, 256), OPTIONS);
        StopConditions open = new StopConditions(OptionalInt.empty(), 0, List.of(), Set.of(), true, false);
        Answer answer = Answer.to(engine, generate("open", ids(1, 30), drawn(1), open));
        assertThat(answer.only().ids()).hasSize(10);
        assertThat(answer.only().reason()).contains(new FinishReason.Length());
    }
}
