package dev.millrace.standalone.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.inference.engine.Admission;
import dev.millrace.inference.engine.Engine;
import dev.millrace.inference.engine.EngineOptions;
import dev.millrace.inference.engine.Event;
import dev.millrace.inference.engine.Outbox;
import dev.millrace.inference.engine.Request;
import dev.millrace.inference.engine.StopConditions;
import dev.millrace.inference.model.BackendOptions;
import dev.millrace.inference.models.LoadedModel;
import dev.millrace.inference.models.ModelLoader;
import dev.millrace.inference.sample.SamplingParameters;
import dev.millrace.inference.sample.TokenLogprob;
import dev.millrace.inference.schedule.Prompt;
import dev.millrace.kernels.compute.KernelOptions;
import dev.millrace.kernels.compute.Kernels;
import dev.millrace.kernels.compute.KvType;
import dev.millrace.kernels.compute.Providers;
import dev.millrace.standalone.TestModels;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The promise of bitwise batch invariance, kept by a real model on the fastest kernels of this machine. */
class SmolLm2AtAnyLoadTest {
    private static final int VOCABULARY = 49_152;

    private final ReentrantLock turns = new ReentrantLock();

    /** What must be equal: ids, text, and the bits of every log-probability. */
    private record Answer(List<Integer> ids, String text, List<TokenLogprob> logprobs, int cachedTokens) {
        Answer withoutCache() {
            return new Answer(ids, text, logprobs, 0);
        }
    }

    @ParameterizedTest
    @ValueSource(floats = {0f, 0.9f})
    void the_same_request_gives_the_same_bits_at_any_load(float temperature) throws IOException {
        Request subject = request("subject", 60, 42, 40, 0, temperature);

        Answer alone = run(2_048, 256, engine -> read(submit(engine, subject)));
        assertThat(alone.logprobs()).hasSize(40);

        Answer besideOthers = run(8_192, 256, engine -> {
            List<Outbox> others = IntStream.range(0, 31)
                    .mapToObj(i -> submit(engine, request("other-" + i, 5 + i, i, 30, 0, temperature)))
                    .toList();
            Answer answer = read(submit(engine, subject));
            others.forEach(SmolLm2AtAnyLoadTest::read);
            return answer;
        });
        assertThat(besideOthers.withoutCache()).isEqualTo(alone.withoutCache());

        Answer inSevens = run(2_048, 7, engine -> read(submit(engine, subject)));
        assertThat(inSevens.withoutCache()).isEqualTo(alone.withoutCache());

        Answer preempted = run(160, 256, engine -> {
            // both are there before the first step; the other's prompt alone leaves too little for the subject's end,
            // however far speculation has taken the subject meanwhile
            List<Outbox> both;
            turns.lock();
            try {
                both = List.of(submit(engine, subject), submit(engine, request("higher", 60, 7, 90, 1, temperature)));
            } finally {
                turns.unlock();
            }
            Answer answer = read(both.getFirst());
            read(both.getLast());
            assertThat(engine.stats().preemptions()).isPositive();
            return answer;
        });
        assertThat(preempted.withoutCache()).isEqualTo(alone.withoutCache());

        Answer cached = run(2_048, 256, engine -> {
            read(submit(engine, subject));
            return read(submit(engine, subject));
        });
        // all but the last token, whose logits are wanted
        assertThat(cached.cachedTokens()).isEqualTo(59);
        assertThat(cached.withoutCache()).isEqualTo(alone.withoutCache());
    }

    private Answer run(int cacheTokens, int stepTokens, Function<Engine, Answer> load) throws IOException {
        BackendOptions backend = new BackendOptions(
                OptionalInt.empty(), KvType.BF16, new BackendOptions.CacheSize.Tokens(cacheTokens), 16, stepTokens);
        EngineOptions options =
                new EngineOptions(stepTokens, Math.min(stepTokens, 32), 64, 1_000, Duration.ofSeconds(30), true);
        KernelOptions fastest = new KernelOptions(Optional.empty(), 2, KernelOptions.Activations.INT8);
        try (Kernels kernels = Providers.choose(fastest).kernels();
                LoadedModel model = new ModelLoader(backend).load("smollm2", TestModels.path("smollm2-135m"), kernels);
                Engine engine = new Engine("smollm2", model.backend(), model.vocabulary(), options, turns)) {
            return load.apply(engine);
        }
    }

    private static Request request(
            String id, int promptTokens, int seed, int maxTokens, int priority, float temperature) {
        int[] prompt = new Random(seed).ints(promptTokens, 0, VOCABULARY).toArray();
        SamplingParameters sampling =
                new SamplingParameters(temperature, 0, 0.95f, 0, 1, 0, 0, Map.of(), seed, OptionalInt.of(3));
        StopConditions stop = new StopConditions(OptionalInt.of(maxTokens), 0, List.of(), Set.of(), true, false);
        return new Request.Generate(id, Prompt.of(prompt), sampling, stop, 1, priority, "", false);
    }

    private static Outbox submit(Engine engine, Request request) {
        return switch (engine.submit(request)) {
            case Admission.Accepted(Outbox outbox) -> outbox;
            case Admission refused -> throw new AssertionError("refused: " + refused);
        };
    }

    private static Answer read(Outbox outbox) {
        Semaphore news = new Semaphore(0);
        outbox.onEvents(news::release);
        List<Integer> ids = new ArrayList<>();
        StringBuilder text = new StringBuilder();
        List<TokenLogprob> logprobs = new ArrayList<>();
        while (true) {
            Optional<Event> event = outbox.poll();
            if (event.isEmpty()) {
                news.acquireUninterruptibly();
                continue;
            }
            switch (event.get()) {
                case Event.Delta delta -> {
                    ids.addAll(delta.ids());
                    text.append(delta.text());
                    logprobs.addAll(delta.logprobs());
                }
                case Event.Finished(Event.Usage usage, Event.Timings timings) -> {
                    return new Answer(ids, text.toString(), logprobs, usage.cachedTokens());
                }
                case Event.ChoiceFinished finished -> {}
                case Event other -> throw new AssertionError("unexpected: " + other);
            }
        }
    }
}
