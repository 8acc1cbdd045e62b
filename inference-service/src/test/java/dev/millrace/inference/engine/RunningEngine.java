package dev.millrace.inference.engine;

import dev.millrace.inference.sample.SamplingParameters;
import dev.millrace.inference.schedule.Prompt;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;

/** Engines with the backend that remembers ids, and requests to them: new ones for each test. */
abstract class RunningEngine {
    static final int VOCABULARY = 64;
    /** How far drafts reach depends on no measured time. */
    static final EngineOptions OPTIONS =
            new EngineOptions(64, 40, 64, 2_000, Duration.ofSeconds(30), true, Speculation.EAGER);

    final HistoryBackend backend = new HistoryBackend(64, 4, 200, VOCABULARY, 256);
    final ReentrantLock turns = new ReentrantLock();
    final List<Engine> engines = new ArrayList<>();

    @AfterEach
    void close() {
        engines.forEach(Engine::close);
    }

    Engine engine(HistoryBackend on, EngineOptions options) {
        Engine engine = new Engine("test", on, Alphabet.of(VOCABULARY), options, turns);
        engines.add(engine);
        return engine;
    }

    Engine engine() {
        return engine(backend, OPTIONS);
    }

    static int[] ids(int from, int count) {
        return IntStream.range(0, count)
                .map(i -> 2 + (from + i * 7) % (VOCABULARY - 2))
                .toArray();
    }

    static SamplingParameters drawn(long seed) {
        return new SamplingParameters(0.9f, 0, 0.95f, 0, 1.1f, 0, 0, Map.of(), seed, OptionalInt.of(2));
    }

    static Request.Generate generate(String id, int[] prompt, SamplingParameters sampling, StopConditions stop) {
        return new Request.Generate(id, Prompt.of(prompt), sampling, stop, 1, 0, "", false);
    }

    static StopConditions exactly(int tokens) {
        return new StopConditions(OptionalInt.of(tokens), 0, List.of(), Set.of(), true, false);
    }

    static Request.Generate request() {
        return generate("subject", ids(3, 50), drawn(11), exactly(40));
    }

    static Answer alone() {
        HistoryBackend roomy = new HistoryBackend(64, 16, 200, VOCABULARY, 256);
        try (Engine engine = new Engine("alone", roomy, Alphabet.of(VOCABULARY), OPTIONS, new ReentrantLock())) {
            return Answer.to(engine, request()).withoutTimings();
        }
    }
}
