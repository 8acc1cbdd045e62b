package dev.millrace.training.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import dev.millrace.kernels.weights.GgufFile;
import dev.millrace.kernels.weights.SafetensorsFolder;
import dev.millrace.kernels.weights.SegmentWriter;
import dev.millrace.kernels.weights.Tensor;
import dev.millrace.kernels.weights.TensorType;
import dev.millrace.training.adapter.AdapterMerge;
import dev.millrace.training.adapter.PeftAdapter;
import dev.millrace.training.adapter.SafetensorsWriter;
import dev.millrace.training.adapter.SafetensorsWriter.Entry;
import dev.millrace.training.model.Arrays64;
import dev.millrace.training.model.Decoder;
import dev.millrace.training.model.TokenBatch;
import dev.millrace.training.torch.Scope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.json.JsonMapper;

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

    @ParameterizedTest
    @CsvSource({
        "llama, F32, 1e-5",
        "llama, BF16, 1e-2",
        "qwen2, F32, 1e-5",
        "qwen3, F32, 1e-5",
        "gemma3, F32, 1e-5",
        "gemma3, F16, 1e-3"
    })
    void a_folder_becomes_a_folder(String name, TensorType type, double tolerance) throws IOException {
        Golden own = Golden.of(name);
        Path base = inShards(own.model(), folder.resolve("base"));
        Path merged = folder.resolve("merged");
        AdapterMerge.Report report = AdapterMerge.merge(base, own.adapter(), Optional.of(type), merged);
        assertThat(report.types()).containsExactly(type);
        GoldenTest.assertClose(lastLogits(merged, own.probe()), own.numbers("adapted"), tolerance, "merged as " + type);
        assertThat(merged.resolve("config.json")).hasSameBinaryContentAs(base.resolve("config.json"));
        assertThat(merged.resolve("tokenizer.json")).hasContent("{}");
        try (Stream<Path> files = Files.list(merged)) {
            assertThat(files.map(Path::getFileName).map(Path::toString))
                    .containsExactlyInAnyOrder("config.json", "tokenizer.json", "model.safetensors");
        }
        try (SafetensorsFolder before = SafetensorsFolder.open(base);
                SafetensorsFolder after = SafetensorsFolder.open(merged)) {
            assertThat(after.tensors().keySet())
                    .containsExactlyInAnyOrderElementsOf(before.tensors().keySet());
            int changed = 0;
            for (Tensor tensor : before.tensors().values()) {
                changed += after.tensor(tensor.name()).data().mismatch(tensor.data()) < 0 ? 0 : 1;
            }
            assertThat(report.matrices()).isEqualTo(changed).isPositive();
        }
        assertThat(folder)
                .isDirectoryNotContaining(path -> path.getFileName().toString().startsWith(".partial"));
    }

    /** The same model, its weights in two files with an index, and a tokenizer. */
    private static Path inShards(Path model, Path out) throws IOException {
        Files.createDirectory(out);
        Files.copy(model.resolve("config.json"), out.resolve("config.json"));
        Files.writeString(out.resolve("tokenizer.json"), "{}");
        List<Map<String, Entry>> shards = List.of(new LinkedHashMap<>(), new LinkedHashMap<>());
        Map<String, String> index = new LinkedHashMap<>();
        try (SafetensorsFolder weights = SafetensorsFolder.open(model)) {
            for (Tensor tensor : weights.tensors().values()) {
                int shard = index.size() % 2;
                index.put(tensor.name(), "model-" + shard + ".safetensors");
                shards.get(shard)
                        .put(
                                tensor.name(),
                                new Entry(
                                        tensor.type(),
                                        tensor.shape(),
                                        channel -> SegmentWriter.write(channel, tensor.data())));
            }
            for (int shard = 0; shard < 2; shard++) {
                SafetensorsWriter.write(out.resolve("model-" + shard + ".safetensors"), shards.get(shard));
            }
        }
        Files.writeString(
                out.resolve("model.safetensors.index.json"),
                JsonMapper.shared().writeValueAsString(Map.of("weight_map", index)));
        return out;
    }

    @Test
    void a_folder_has_no_blocks() throws IOException {
        Path out = folder.resolve("out");
        assertThatThrownBy(
                        () -> AdapterMerge.merge(golden.model(), golden.adapter(), Optional.of(TensorType.Q8_0), out))
                .hasMessageContaining("F32, F16 or BF16, not Q8_0");
        assertThatThrownBy(
                        () -> AdapterMerge.merge(Golden.of("gemma3").model(), golden.adapter(), Optional.empty(), out))
                .hasMessageContaining("which is [");
        assertThat(folder).isEmptyDirectory();
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
