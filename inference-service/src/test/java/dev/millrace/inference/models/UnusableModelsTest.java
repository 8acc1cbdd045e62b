package dev.millrace.inference.models;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.inference.model.BackendOptions;
import dev.millrace.inference.model.BackendOptions.CacheSize;
import dev.millrace.inference.model.InsufficientMemoryException;
import dev.millrace.inference.model.UnsupportedModelException;
import dev.millrace.kernels.compute.KernelOptions;
import dev.millrace.kernels.compute.KernelOptions.Activations;
import dev.millrace.kernels.compute.Kernels;
import dev.millrace.kernels.compute.Providers;
import dev.millrace.kernels.weights.MalformedFileException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What can't be computed is refused in one sentence that names what is wrong and what would be right. */
class UnusableModelsTest {
    private static final BackendOptions OPTIONS = BackendOptions.DEFAULT.with(new CacheSize.Tokens(64));

    @TempDir
    private Path folder;

    @Test
    void a_missing_tensor_is_named() throws IOException {
        copy("qwen2");
        replace("model.safetensors", "layers.1.self_attn.q_proj.bias", "layers.1.self_attn.x_proj.bias");

        assertThatThrownBy(() -> load(folder, OPTIONS))
                .isInstanceOf(MalformedFileException.class)
                .hasMessageContaining("has no tensor \"model.layers.1.self_attn.q_proj.bias\"")
                .hasMessageContaining("architecture qwen2");
    }

    @Test
    void an_untied_head_that_is_missing_is_named() throws IOException {
        copy("llama-untied");
        replace("model.safetensors", "lm_head.weight", "xm_head.weight");

        assertThatThrownBy(() -> load(folder, OPTIONS)).hasMessageContaining("has no tensor \"lm_head.weight\"");
    }

    @Test
    void a_tensor_of_another_shape_is_named_with_both_shapes() throws IOException {
        copy("llama-tied");
        replace("config.json", "\"intermediate_size\": 64", "\"intermediate_size\": 96");

        assertThatThrownBy(() -> load(folder, OPTIONS))
                .isInstanceOf(MalformedFileException.class)
                .hasMessageContaining("model.layers.0.mlp.gate_proj.weight")
                .hasMessageContaining("[64, 32]")
                .hasMessageContaining("[96, 32]");
    }

    @Test
    void weights_that_the_architecture_has_no_use_for_are_named() throws IOException {
        copy("qwen3");
        replace("config.json", "\"model_type\": \"qwen3\"", "\"model_type\": \"llama\"");

        assertThatThrownBy(() -> load(folder, OPTIONS))
                .isInstanceOf(MalformedFileException.class)
                .hasMessageContaining("no use for: model.layers.0.self_attn.k_norm.weight");
    }

    @Test
    void an_unknown_architecture_is_named_with_those_that_are_known() throws IOException {
        copy("llama-tied");
        replace("config.json", "\"model_type\": \"llama\"", "\"model_type\": \"mamba\"");

        assertThatThrownBy(() -> load(folder, OPTIONS))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageContaining("\"mamba\"")
                .hasMessageContaining("llama, mistral, qwen2, qwen3, gemma3");
    }

    @Test
    void an_unknown_rotary_scaling_is_named() throws IOException {
        copy("llama-yarn");
        replace("config.json", "\"yarn\"", "\"longrope\"");

        assertThatThrownBy(() -> load(folder, OPTIONS))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageContaining("\"longrope\"");
    }

    @Test
    void another_activation_is_named() throws IOException {
        copy("llama-tied");
        replace("config.json", "\"silu\"", "\"relu\"");

        assertThatThrownBy(() -> load(folder, OPTIONS))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageContaining("relu");
    }

    @Test
    void a_cache_that_does_not_fit_is_refused_with_both_sizes() throws IOException {
        copy("llama-tied");
        BackendOptions huge = OPTIONS.with(new CacheSize.Bytes(1L << 50));

        assertThatThrownBy(() -> load(folder, huge))
                .isInstanceOf(InsufficientMemoryException.class)
                .hasMessageMatching(".*needs \\d+ MB of memory \\(weights 1 MB, cache \\d+ MB, a step 1 MB\\).*")
                .hasMessageContaining("are available");
    }

    @Test
    void a_cache_of_less_than_a_block_is_refused() throws IOException {
        copy("llama-tied");

        assertThatThrownBy(() -> load(folder, OPTIONS.with(new CacheSize.Bytes(100))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("holds no block of 16 tokens");
    }

    @Test
    void a_path_where_nothing_is_is_named() {
        Path nowhere = folder.resolve("nowhere.gguf");

        assertThatThrownBy(() -> load(nowhere, OPTIONS))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(nowhere.toString());
    }

    @Test
    void a_tokenizer_with_more_tokens_than_the_model_is_refused() throws IOException {
        copy("llama-tied");
        replace("tokenizer.json", "\"</s>\": 2", "\"</s>\": 96");

        assertThatThrownBy(() -> load(folder, OPTIONS))
                .isInstanceOf(MalformedFileException.class)
                .hasMessageContaining("the id 96, expected 0 to 95");
    }

    private void copy(String model) throws IOException {
        Path source = Path.of("src/test/resources/tiny", model);
        try (Stream<Path> files = Files.list(source)) {
            for (Path file : files.toList()) {
                Files.copy(file, folder.resolve(file.getFileName()));
            }
        }
    }

    /** In a safetensors file the replacement must be as long: its header's length is part of it. */
    private void replace(String file, String what, String by) throws IOException {
        Path path = folder.resolve(file);
        String content = Files.readString(path, StandardCharsets.ISO_8859_1);
        if (!content.contains(what)) {
            throw new AssertionError(file + " has no " + what);
        }
        Files.writeString(path, content.replace(what, by), StandardCharsets.ISO_8859_1);
    }

    private static void load(Path path, BackendOptions options) throws IOException {
        try (Kernels kernels = Providers.choose(new KernelOptions(Optional.of("scalar"), 1, Activations.FLOAT32))
                        .kernels();
                LoadedModel loaded = new ModelLoader(options).load("broken", path, kernels)) {
            throw new AssertionError(loaded.name() + " was loaded");
        }
    }
}
