package dev.millrace.training.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import dev.millrace.kernels.weights.GgufFile;
import dev.millrace.kernels.weights.Tensor;
import dev.millrace.kernels.weights.TensorType;
import dev.millrace.training.adapter.AdapterMerge;
import dev.millrace.training.adapter.PeftAdapter;
import dev.millrace.training.model.Arrays64;
import dev.millrace.training.model.Decoder;
import dev.millrace.training.model.TokenBatch;
import dev.millrace.training.torch.Scope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A merged file answers as PEFT does with the adapter beside its model. */
class AdapterMergeTest {
    private static final Path BASE = Golden.FOLDER.resolve("llama.gguf");

    @TempDir
    Path folder;

    private final Golden golden = Golden.of("llama");

    private static double[] lastLogits(Path model, int[] ids) throws IOException {
        try (Decoder decoder = Decoder.load(model, 1);
                Scope scope = decoder.torch().scope()) {
            NDArray logits = decoder.logits(scope, new TokenBatch(List.of(ids)), Optional.empty());
            double[] all = Arrays64.doubles(logits);
            return Arrays.copyOfRange(all, all.length - (int) decoder.vocabulary(), all.length);
        }
    }

    @ParameterizedTest
    @CsvSource({"F32, 1e-5", "F16, 1e-3", "BF16, 1e-2"})
    void merged_is_as_near_to_unmerged_as_the_type_rounds(TensorType type, double tolerance) throws IOException {
        Path merged = folder.resolve("merged.gguf");
        AdapterMerge.Report report = AdapterMerge.merge(BASE, golden.adapter(), Optional.of(type), merged);
        assertThat(report.types()).containsExactly(type);
        GoldenTest.assertClose(
                lastLogits(merged, golden.probe()), golden.numbers("adapted"), tolerance, "merged as " + type);
    }

    @Test
    void dora_s_rows_are_brought_to_their_magnitudes() throws IOException {
        Path merged = folder.resolve("merged.gguf");
        AdapterMerge.merge(BASE, golden.model().resolve("dora"), Optional.of(TensorType.F32), merged);
        GoldenTest.assertClose(
                lastLogits(merged, golden.probe()),
                golden.by("methods.json").numbers("dora", "logits"),
                1e-5,
                "merged with DoRA");
    }

    @Test
    void what_the_adapter_does_not_touch_stays_to_the_bit() throws IOException {
        Path merged = folder.resolve("merged.gguf");
        AdapterMerge.Report report = AdapterMerge.merge(BASE, golden.adapter(), Optional.empty(), merged);
        int changed = 0;
        try (GgufFile before = GgufFile.open(BASE);
                GgufFile after = GgufFile.open(merged)) {
            assertThat(after.metadata().keys()).isEqualTo(before.metadata().keys());
            assertThat(after.tensors().keySet()).isEqualTo(before.tensors().keySet());
            for (Tensor tensor : before.tensors().values()) {
                Tensor now = after.tensor(tensor.name());
                assertThat(now.type()).isEqualTo(tensor.type());
                changed += now.data().mismatch(tensor.data()) < 0 ? 0 : 1;
            }
        }
        assertThat(report.matrices()).isEqualTo(changed).isPositive();
        assertThat(folder)
                .isDirectoryContaining(path -> path.equals(merged))
                .isDirectoryNotContaining(path -> path.toString().endsWith(".part"));
    }

    @Test
    void an_adapter_that_is_not_plain_or_not_of_this_model_is_refused_by_name() throws IOException {
        Path adapter = Files.createDirectory(folder.resolve("adapter"));
        Files.copy(golden.adapter().resolve(PeftAdapter.WEIGHTS), adapter.resolve(PeftAdapter.WEIGHTS));
        String config = Files.readString(golden.adapter().resolve(PeftAdapter.CONFIG));
        Path out = folder.resolve("out.gguf");
        Files.writeString(
                adapter.resolve(PeftAdapter.CONFIG), config.replace("\"use_dora\": false", "\"use_dora\": true"));
        assertThatThrownBy(() -> AdapterMerge.merge(BASE, adapter, Optional.empty(), out))
                .hasMessageContaining("lora_magnitude_vector");
        assertThatThrownBy(() -> AdapterMerge.merge(BASE, Golden.of("gemma3").adapter(), Optional.empty(), out))
                .hasMessageContaining("[32, 4] for blk.0.attn_k.weight, which is [16, 32]");
        assertThatThrownBy(() -> AdapterMerge.merge(BASE, golden.adapter(), Optional.of(TensorType.Q8_0), out))
                .hasMessageContaining("rows of 48");
        assertThatThrownBy(() -> AdapterMerge.merge(BASE, golden.adapter(), Optional.of(TensorType.Q4_K), out))
                .hasMessageContaining("Q4_K, which can't be written");
        assertThat(out).doesNotExist();
    }
}
