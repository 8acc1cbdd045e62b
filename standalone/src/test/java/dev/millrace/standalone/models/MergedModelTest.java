package dev.millrace.standalone.models;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.inference.model.BackendOptions;
import dev.millrace.inference.model.BackendOptions.CacheSize;
import dev.millrace.inference.models.LoadedModel;
import dev.millrace.inference.models.ModelLoader;
import dev.millrace.kernels.compute.KernelOptions;
import dev.millrace.kernels.compute.KernelOptions.Activations;
import dev.millrace.kernels.compute.Kernels;
import dev.millrace.kernels.compute.KvType;
import dev.millrace.kernels.compute.Providers;
import dev.millrace.kernels.weights.TensorType;
import dev.millrace.standalone.TestModels;
import dev.millrace.training.adapter.AdapterMerge;
import dev.millrace.training.adapter.PeftAdapter;
import dev.millrace.training.model.Arrays64;
import dev.millrace.training.model.Decoder;
import dev.millrace.training.model.LoraAdapter;
import dev.millrace.training.model.LoraSettings;
import dev.millrace.training.model.TokenBatch;
import dev.millrace.training.torch.Scope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A model of four bits and an adapter, merged: our engine with the one file answers as torch does with the two. */
class MergedModelTest {
    private static final String MODEL = "smollm2-135m";
    private static final int[] PROMPT = new Random(3).ints(24, 100, 40_000).toArray();
    private static final int TOKENS = 8;
    /** Of B, so that the adapter moves the next token by far more than rounding does. */
    private static final float SPREAD = 0.2f;

    @TempDir
    Path folder;

    @Test
    void the_engine_answers_from_the_merged_file_as_torch_does_with_the_adapter() throws IOException {
        Path adapter = Files.createDirectory(folder.resolve("adapter"));
        Path merged = folder.resolve("merged.gguf");
        int[] answer = IntStream.range(0, TOKENS).map(i -> PROMPT[i]).toArray();
        float[][] adapted = withAdapter(adapter, answer);
        AdapterMerge.Report report =
                AdapterMerge.merge(TestModels.path(MODEL), adapter, Optional.of(TensorType.Q8_0), merged);
        assertThat(report.matrices()).isEqualTo(30 * 7);

        double same = divergence(adapted, answered(merged, answer));
        double other = divergence(adapted, answered(TestModels.path(MODEL), answer));
        System.out.printf("merged diverges by %.5f nats, the model without its adapter by %.3f%n", same, other);
        assertThat(other).as("the adapter's effect").isGreaterThan(0.3);
        assertThat(same).isLessThan(other / 50);
    }

    /** Its logits by torch, with an adapter that is left in the folder. */
    private static float[][] withAdapter(Path folder, int[] answer) throws IOException {
        int threads = Runtime.getRuntime().availableProcessors();
        try (Decoder decoder = Decoder.load(TestModels.path(MODEL), threads);
                Scope scope = decoder.torch().scope()) {
            LoraAdapter adapter = decoder.adapt(LoraSettings.ofRank(4), 7);
            Random random = new Random(11);
            adapter.parameters().forEach((name, parameter) -> {
                if (name.contains("lora_B")) {
                    float[] values = new float[(int) parameter.value().size()];
                    for (int i = 0; i < values.length; i++) {
                        values[i] = (float) random.nextGaussian() * SPREAD;
                    }
                    adapter.set(name, values);
                }
            });
            PeftAdapter.save(adapter, MODEL, folder);
            int[] ids = IntStream.concat(Arrays.stream(PROMPT), Arrays.stream(answer, 0, TOKENS - 1))
                    .toArray();
            float[] all = Arrays64.floats(decoder.logits(scope, new TokenBatch(List.of(ids)), Optional.of(adapter)));
            int width = all.length / ids.length;
            return IntStream.range(PROMPT.length - 1, ids.length)
                    .mapToObj(row -> Arrays.copyOfRange(all, row * width, (row + 1) * width))
                    .toArray(float[][]::new);
        }
    }

    private static float[][] answered(Path path, int[] answer) throws IOException {
        int threads = Runtime.getRuntime().availableProcessors();
        try (Kernels kernels = Providers.choose(new KernelOptions(Optional.empty(), threads, Activations.FLOAT32))
                        .kernels();
                LoadedModel model = new ModelLoader(
                                new BackendOptions(OptionalInt.of(64), KvType.F32, new CacheSize.Tokens(64), 16, 64))
                        .load(MODEL, path, kernels)) {
            return Answer.read(model.backend(), PROMPT, answer).logits();
        }
    }

    /** The mean over all places, in nats. */
    private static double divergence(float[][] exact, float[][] other) {
        return IntStream.range(0, TOKENS)
                .mapToDouble(i -> Distributions.divergence(exact[i], other[i]))
                .average()
                .orElseThrow();
    }
}
