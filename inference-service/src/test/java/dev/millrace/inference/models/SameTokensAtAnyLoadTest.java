package dev.millrace.inference.models;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.inference.engine.Answer;
import dev.millrace.inference.engine.Engine;
import dev.millrace.inference.engine.EngineOptions;
import dev.millrace.inference.engine.Event;
import dev.millrace.inference.engine.Outbox;
import dev.millrace.inference.engine.Request;
import dev.millrace.inference.engine.Speculation;
import dev.millrace.inference.engine.StopConditions;
import dev.millrace.inference.model.BackendOptions;
import dev.millrace.inference.sample.SamplingParameters;
import dev.millrace.inference.schedule.Prompt;
import dev.millrace.kernels.compute.KernelOptions;
import dev.millrace.kernels.compute.Kernels;
import dev.millrace.kernels.compute.KvType;
import dev.millrace.kernels.compute.Providers;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The promise of bitwise batch invariance, kept by real models: tokens and log-probabilities, bit by bit. */
class SameTokensAtAnyLoadTest {
    private static final int VOCABULARY = 96;

    private final ReentrantLock turns = new ReentrantLock();

    static Stream<Arguments> modelsAndKernels() {
        KernelOptions exact = new KernelOptions(Optional.of("scalar"), 1, KernelOptions.Activations.FLOAT32);
        KernelOptions fast = new KernelOptions(Optional.empty(), 2, KernelOptions.Activations.INT8);
        return TinyModel.all().stream()
                .flatMap(model -> Stream.of(
                        Arguments.of(model.name(), exact, KvType.F16),
                        Arguments.of(model.name(), fast, KvType.BF16),
                        Arguments.of(model.name(), fast, KvType.INT8),
                        Arguments.of(model.name(), fast, KvType.INT4)));
    }

    @ParameterizedTest(name = "{0} with {1}, keys and values of {2}")
    @MethodSource("modelsAndKernels")
    void the_same_request_gives_the_same_bits(String name, KernelOptions kernels, KvType kvType) throws IOException {
        Answer alone = run(name, kernels, kvType, 2_048, 256, engine -> Answer.to(engine, subject()));
        assertThat(alone.only().logprobs()).hasSize(40);

        Answer besideOthers = run(name, kernels, kvType, 8_192, 256, engine -> {
            List<Outbox> others = IntStream.range(0, 31)
                    .mapToObj(i -> Answer.submit(engine, request("other-" + i, 5 + 3 * i, i, 60, 0)))
                    .toList();
            Answer answer = Answer.to(engine, subject());
            others.forEach(other -> assertThat(Answer.read(other).failure()).isEmpty());
            return answer;
        });
        assertThat(besideOthers.withoutTimings()).isEqualTo(alone.withoutTimings());

        Answer inSevens = run(name, kernels, kvType, 2_048, 7, engine -> Answer.to(engine, subject()));
        assertThat(inSevens.withoutTimings()).isEqualTo(alone.withoutTimings());

        Answer preempted = run(name, kernels, kvType, 128, 256, engine -> {
            // both are there before the first step
            List<Outbox> both;
            turns.lock();
            try {
                both = List.of(
                        Answer.submit(engine, subject()), Answer.submit(engine, request("higher", 30, 7, 90, 1)));
            } finally {
                turns.unlock();
            }
            Answer answer = Answer.read(both.getFirst());
            assertThat(Answer.read(both.getLast()).failure()).isEmpty();
            assertThat(engine.stats().preemptions()).isPositive();
            return answer;
        });
        assertThat(preempted.withoutTimings()).isEqualTo(alone.withoutTimings());

        Answer cached = run(name, kernels, kvType, 2_048, 256, engine -> {
            Answer.to(engine, subject());
            Answer again = Answer.to(engine, subject());
            // all but the last token: of the last block a part, copied
            assertThat(again.finished().orElseThrow().usage().cachedTokens()).isEqualTo(59);
            return again;
        });
        assertThat(cached.withoutTimings()).isEqualTo(alone.withoutTimings());
    }

    @ParameterizedTest(name = "{0} with {1}, keys and values of {2}")
    @MethodSource("modelsAndKernels")
    void drafts_change_no_bit(String name, KernelOptions kernels, KvType kvType) throws IOException {
        for (float temperature : new float[] {0, 0.9f}) {
            Request request = repetitive(temperature);
            Answer without =
                    run(name, kernels, kvType, 2_048, 64, Speculation.OFF, engine -> Answer.to(engine, request));
            Answer with =
                    run(name, kernels, kvType, 2_048, 64, Speculation.EAGER, engine -> Answer.to(engine, request));
            assertThat(with.withoutTimings()).isEqualTo(without.withoutTimings());
            assertThat(with.only().logprobs()).hasSize(100);
            Event.Usage usage = with.finished().orElseThrow().usage();
            assertThat(usage.acceptedTokens()).isPositive();
            assertThat(usage.draftedTokens() - usage.acceptedTokens()).isGreaterThanOrEqualTo(temperature > 0 ? 1 : 0);
        }
    }

    /** Nearly always of the same id, so that drafts come true, but not all. */
    private static Request repetitive(float temperature) {
        int[] prompt = new Random(3).ints(40, 30, 32).toArray();
        Map<Integer, Float> bias = Map.of(30, 62.5f, 31, 60f);
        SamplingParameters sampling = new SamplingParameters(temperature, 0, 1, 0, 1, 0, 0, bias, 9, OptionalInt.of(2));
        StopConditions stop = new StopConditions(OptionalInt.of(100), 0, List.of(), Set.of(), true, false);
        return new Request.Generate("repetitive", Prompt.of(prompt), sampling, stop, 1, 0, "", false);
    }

    private Answer run(
            String name,
            KernelOptions options,
            KvType kvType,
            int cacheTokens,
            int stepTokens,
            Function<Engine, Answer> load)
            throws IOException {
        return run(name, options, kvType, cacheTokens, stepTokens, Speculation.EAGER, load);
    }

    private Answer run(
            String name,
            KernelOptions options,
            KvType kvType,
            int cacheTokens,
            int stepTokens,
            Speculation speculation,
            Function<Engine, Answer> load)
            throws IOException {
        BackendOptions backend = new BackendOptions(
                OptionalInt.empty(), kvType, new BackendOptions.CacheSize.Tokens(cacheTokens), 8, stepTokens);
        EngineOptions engineOptions = new EngineOptions(
                stepTokens, Math.min(stepTokens, 32), 64, 1_000, Duration.ofSeconds(30), true, speculation);
        try (Kernels kernels = Providers.choose(options).kernels();
                LoadedModel model = new ModelLoader(backend)
                        .load(name, TinyModel.named(name).paths().getFirst(), kernels);
                Engine engine = new Engine(name, model.backend(), model.vocabulary(), engineOptions, turns)) {
            return load.apply(engine);
        }
    }

    private static Request subject() {
        return request("subject", 60, 42, 40, 0);
    }

    private static Request request(String id, int promptTokens, int seed, int maxTokens, int priority) {
        int[] prompt = new Random(seed).ints(promptTokens, 0, VOCABULARY).toArray();
        SamplingParameters sampling =
                new SamplingParameters(0.8f, 0, 0.95f, 0, 1.05f, 0, 0, Map.of(), seed, OptionalInt.of(3));
        StopConditions stop = new StopConditions(OptionalInt.of(maxTokens), 0, List.of(), Set.of(), true, false);
        return new Request.Generate(id, Prompt.of(prompt), sampling, stop, 1, priority, "", false);
    }
}
