package dev.millrace.training.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import dev.millrace.kernels.weights.GgufFile;
import dev.millrace.training.adapter.TunedModel;
import dev.millrace.training.method.SupervisedFineTuning;
import dev.millrace.training.model.Arrays64;
import dev.millrace.training.model.Decoder;
import dev.millrace.training.model.Frozen;
import dev.millrace.training.model.ModelFile;
import dev.millrace.training.model.TokenBatch;
import dev.millrace.training.model.WholeModel;
import dev.millrace.training.torch.Scope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A model that was trained whole is, once it is written and read again, what it was in memory. */
class TunedModelTest {
    @TempDir
    Path folder;

    private static double[] lastLogits(Decoder decoder, int[] ids) {
        try (Scope scope = decoder.torch().scope()) {
            NDArray logits = decoder.logits(scope, new TokenBatch(List.of(ids)), Optional.empty());
            double[] all = Arrays64.doubles(logits);
            return Arrays.copyOfRange(all, all.length - (int) decoder.vocabulary(), all.length);
        }
    }

    @ParameterizedTest
    @CsvSource({"llama,llama", "llama.gguf,llama", "qwen2,qwen2", "qwen3,qwen3", "gemma3,gemma3"})
    void it_answers_as_it_did_in_memory(String file, String name) throws IOException {
        Golden golden = Golden.of(name);
        Path base = Golden.FOLDER.resolve(file);
        Path checkpoints = folder.resolve("checkpoints");
        double[] before;
        double[] tuned;
        try (Decoder decoder = Decoder.load(base, 1)) {
            before = lastLogits(decoder, golden.probe());
            WholeModel whole = decoder.whole();
            TrainingSettings settings = new TrainingSettings(
                    1,
                    OptionalLong.of(3),
                    4,
                    1,
                    1e-3,
                    Schedule.Shape.CONSTANT,
                    0,
                    0,
                    1,
                    7,
                    false,
                    3,
                    TrainingSettings.Options.USUAL,
                    Frozen.FLOAT32);
            Optimizer optimizer =
                    settings.optimizer(whole.parameters(), decoder.torch().root());
            new Trainer(decoder, whole, new SupervisedFineTuning(), optimizer, settings, golden.examples())
                    .run(new Checkpoints(checkpoints, "tiny"), _ -> true);
            tuned = lastLogits(decoder, golden.probe());
        }
        Path out = folder.resolve(file);
        if (Files.isDirectory(base)) {
            Files.createDirectory(out);
        }
        TunedModel.write(base, Checkpoints.weights(checkpoints.resolve("checkpoint-3")), out);

        try (Decoder decoder = Decoder.load(out, 1)) {
            GoldenTest.assertClose(lastLogits(decoder, golden.probe()), tuned, 1e-6, "read again");
        }
        double moved = 0;
        for (int i = 0; i < tuned.length; i++) {
            moved = Math.max(moved, Math.abs(tuned[i] - before[i]));
        }
        assertThat(moved).isGreaterThan(1e-2);
        if (Files.isDirectory(base)) {
            assertThat(out.resolve("config.json")).hasSameBinaryContentAs(base.resolve("config.json"));
            return;
        }
        try (GgufFile old = GgufFile.open(base);
                GgufFile now = GgufFile.open(out)) {
            assertThat(now.metadata().keys()).isEqualTo(old.metadata().keys());
            assertThat(now.tensors().keySet()).isEqualTo(old.tensors().keySet());
        }
    }

    @Test
    void what_does_not_fit_is_refused_with_what_it_would_take() throws IOException {
        TrainingSettings settings = new TrainingSettings(
                1,
                OptionalLong.empty(),
                4,
                1,
                1e-3,
                Schedule.Shape.CONSTANT,
                0,
                0,
                1,
                7,
                false,
                3,
                TrainingSettings.Options.USUAL,
                Frozen.FLOAT32);
        try (ModelFile model = ModelFile.open(Golden.of("llama").model())) {
            long weights = model.weights().tensors().values().stream()
                    .mapToLong(tensor -> 4 * tensor.elements())
                    .sum();
            MemoryNeed need = MemoryNeed.of(model, settings, 4_000);
            assertThat(need.weights()).isEqualTo(weights);
            assertThat(need.gradients()).isEqualTo(weights);
            assertThat(need.optimizer()).isEqualTo(2 * weights);
            assertThat(MemoryNeed.of(model, settings, 8_000).work()).isGreaterThan(need.work());
            need.require(need.all());
            assertThatThrownBy(() -> need.require(need.all() - 1))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("gradient_checkpointing")
                    .hasMessageContaining("train an adapter");
        }
    }
}
