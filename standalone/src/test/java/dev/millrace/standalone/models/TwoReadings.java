package dev.millrace.standalone.models;

import dev.millrace.inference.model.Backend;
import dev.millrace.inference.model.BackendOptions;
import dev.millrace.inference.model.BackendOptions.CacheSize;
import dev.millrace.inference.model.Step;
import dev.millrace.inference.model.StepResult;
import dev.millrace.inference.models.LoadedModel;
import dev.millrace.inference.models.ModelLoader;
import dev.millrace.kernels.compute.KernelOptions;
import dev.millrace.kernels.compute.KernelOptions.Activations;
import dev.millrace.kernels.compute.Kernels;
import dev.millrace.kernels.compute.KvType;
import dev.millrace.kernels.compute.Providers;
import dev.millrace.kernels.compute.TokenBatch;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/** One model file loaded twice: to be read exactly, in float32 throughout, and as it is served. */
final class TwoReadings implements AutoCloseable {
    private static final int STEP = 128;

    private final Reading exact;
    private final Reading served;

    private TwoReadings(Reading exact, Reading served) {
        this.exact = exact;
        this.served = served;
    }

    /** @param provider of the kernels; empty for the fastest */
    static TwoReadings load(Path path, Optional<String> provider, Activations activations, KvType kvType)
            throws IOException {
        Reading exact = Reading.load(path, provider, Activations.FLOAT32, KvType.F32);
        try {
            return new TwoReadings(exact, Reading.load(path, provider, activations, kvType));
        } catch (IOException | RuntimeException | Error e) {
            exact.close();
            throw e;
        }
    }

    String description() {
        return "exact: " + exact.kernels().description() + "; served: "
                + served.kernels().description();
    }

    /** Reads every window of a text both ways, and scores the tokens of its second half. */
    Quality compare(VariedText text) {
        List<ScoredToken> scored = new ArrayList<>();
        for (int i = 0; i < text.windows(); i++) {
            int[] window = text.window(i);
            for (int start = 0; start < window.length; start += STEP) {
                score(window, start, scored);
            }
        }
        return Quality.of(scored);
    }

    private void score(int[] window, int start, List<ScoredToken> scored) {
        // the last token's successor lies in the next window
        int[] rows = IntStream.range(0, STEP)
                .filter(row -> start + row >= window.length / 2 && start + row < window.length - 1)
                .toArray();
        Step step = step(window, start, rows, exact.model().backend());
        MemorySegment exactLogits = forward(exact, step);
        MemorySegment servedLogits = forward(served, step);
        int vocabulary = exact.model().backend().shape().vocabularySize();
        scored.addAll(IntStream.range(0, rows.length)
                .parallel()
                .mapToObj(i -> ScoredToken.of(
                        row(exactLogits, i, vocabulary), row(servedLogits, i, vocabulary), window[start + rows[i] + 1]))
                .toList());
    }

    private static MemorySegment forward(Reading reading, Step step) {
        StepResult result = reading.model().backend().forward(step);
        return result.logits();
    }

    private static float[] row(MemorySegment logits, int row, int vocabulary) {
        long bytes = 4L * vocabulary;
        return logits.asSlice(row * bytes, bytes).toArray(ValueLayout.JAVA_FLOAT);
    }

    private static Step step(int[] window, int start, int[] rows, Backend backend) {
        int[][] blocks = {IntStream.range(0, backend.blocks()).toArray()};
        return new Step(
                new TokenBatch(
                        STEP,
                        new int[STEP],
                        IntStream.range(start, start + STEP).toArray(),
                        blocks),
                IntStream.range(start, start + STEP).map(i -> window[i]).toArray(),
                List.of(),
                rows.length,
                rows,
                0,
                new int[0]);
    }

    @Override
    public void close() {
        exact.close();
        served.close();
    }

    private record Reading(Kernels kernels, LoadedModel model) implements AutoCloseable {
        static Reading load(Path path, Optional<String> provider, Activations activations, KvType kvType)
                throws IOException {
            int threads = Runtime.getRuntime().availableProcessors();
            BackendOptions options = new BackendOptions(
                    OptionalInt.of(VariedText.WINDOW), kvType, new CacheSize.Tokens(VariedText.WINDOW), 16, STEP);
            Kernels kernels = Providers.choose(new KernelOptions(provider, threads, activations))
                    .kernels();
            try {
                return new Reading(kernels, new ModelLoader(options).load("quality", path, kernels));
            } catch (IOException | RuntimeException | Error e) {
                kernels.close();
                throw e;
            }
        }

        @Override
        public void close() {
            model.close();
            kernels.close();
        }
    }
}
