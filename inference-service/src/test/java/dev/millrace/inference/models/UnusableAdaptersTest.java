package dev.millrace.inference.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.inference.model.Adapter;
import dev.millrace.inference.model.BackendOptions;
import dev.millrace.inference.model.BackendOptions.CacheSize;
import dev.millrace.kernels.compute.KernelOptions;
import dev.millrace.kernels.compute.KernelOptions.Activations;
import dev.millrace.kernels.compute.Kernels;
import dev.millrace.kernels.compute.Providers;
import dev.millrace.kernels.weights.MalformedFileException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is no plain low-rank adapter of the model is refused in one sentence that names what is wrong. */
class UnusableAdaptersTest {
    private static final BackendOptions OPTIONS = BackendOptions.DEFAULT.with(new CacheSize.Tokens(64));

    @TempDir
    private Path folder;

    @Test
    void the_adapter_that_the_others_are_made_of_is_sound() throws IOException {
        copy("llama-tied/all");

        load("llama-tied");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            "peft_type": "LORA"                | "peft_type": "LOHA"                   | "peft_type" is "LOHA", expected LORA
            "task_type": "CAUSAL_LM"           | "task_type": "SEQ_CLS"                | "task_type" is "SEQ_CLS", expected CAUSAL_LM
            "use_dora": false                  | "use_dora": true                      | lora_magnitude_vector
            "bias": "none"                     | "bias": "all"                         | "bias" is "all", expected none
            "lora_bias": false                 | "lora_bias": true                     | "lora_bias" is true
            "modules_to_save": null            | "modules_to_save": ["lm_head"]        | "modules_to_save" is ["lm_head"]
            "fan_in_fan_out": false            | "fan_in_fan_out": true                | "fan_in_fan_out" is true
            "rank_pattern": {}                 | "rank_pattern": {"q_proj": 8}         | "rank_pattern" is {"q_proj":8}
            "init_lora_weights": true          | "init_lora_weights": "pissa"          | "init_lora_weights" is "pissa"
            "layer_replication": null          | "layer_replication": [[0, 1], [0, 2]] | "layer_replication" is [[0,1],[0,2]]
            "q_proj"                           | "../../q_proj"                        | "target_modules" is
            "q_proj"                           | "embed_tokens"                        | "target_modules" is
            "base_model_name_or_path": "llama-tied" | "base_model_name_or_path": "/etc/passwd" | "base_model_name_or_path" is "/etc/passwd", expected a model's name, not a path
            "base_model_name_or_path": "llama-tied" | "base_model_name_or_path": "x/../../y"   | expected a model's name, not a path
            "r": 4                             | "r": 100000                           | r must be 1 to 256, was 100000
            "r": 4                             | "r": 0                                | r must be 1 to 256, was 0
            "r": 4                             | "r": 1e300                            | "r" is 1.0E300, expected the rank, an integer
            "r": 4                             | "r": 8                                | has shape [4, 32], expected [8, 32]
            "lora_alpha": 8                    | "lora_alpha": "much"                  | "lora_alpha" is "much", expected a number
            "lora_alpha": 8                    | "lora_alpha": 1e300                   | lora_alpha must be a finite number
            "use_qalora": false                | "made_up": {"x": 1}                   | "made_up" is {"x":1}
            """)
    void a_configuration_that_says_something_else_is_refused_by_name(String what, String by, String message)
            throws IOException {
        copy("llama-tied/all");
        replace(PeftConfig.NAME, what, by);

        assertThatThrownBy(() -> load("llama-tied"))
                .isInstanceOf(MalformedFileException.class)
                .hasMessageContaining(message);
    }

    @Test
    void a_missing_matrix_is_named() throws IOException {
        copy("llama-tied/all");
        replace(PeftFolder.WEIGHTS, "layers.1.self_attn.q_proj.lora_B", "layers.1.self_attn.x_proj.lora_B");

        assertThatThrownBy(() -> load("llama-tied"))
                .isInstanceOf(MalformedFileException.class)
                .hasMessageContaining(
                        "has no tensor \"base_model.model.model.layers.1.self_attn.q_proj.lora_B.weight\"");
    }

    @Test
    void matrices_that_nothing_is_to_be_done_with_are_named() throws IOException {
        copy("llama-tied/all");
        replace(PeftConfig.NAME, "\"q_proj\"", "\"k_proj\"");

        assertThatThrownBy(() -> load("llama-tied"))
                .isInstanceOf(MalformedFileException.class)
                .hasMessageContaining("has no use for")
                .hasMessageContaining("self_attn.q_proj.lora_A.weight");
    }

    @Test
    void an_adapter_of_another_model_is_refused_with_both_shapes() throws IOException {
        copy("gemma3/all");

        assertThatThrownBy(() -> load("llama-tied"))
                .isInstanceOf(MalformedFileException.class)
                .hasMessageContaining("has shape")
                .hasMessageContaining("architecture llama");
    }

    @Test
    void a_pickle_is_not_opened() throws IOException {
        copy("llama-tied/all");
        Files.move(folder.resolve(PeftFolder.WEIGHTS), folder.resolve("adapter_model.bin"));

        assertThatThrownBy(() -> load("llama-tied")).hasMessageContaining("adapter_model.bin, a pickle");
    }

    @Test
    void a_file_that_is_cut_short_is_refused() throws IOException {
        copy("llama-tied/all");
        Path weights = folder.resolve(PeftFolder.WEIGHTS);
        byte[] all = Files.readAllBytes(weights);
        for (int length : new int[] {0, 7, 100, all.length - 1}) {
            Files.write(weights, Arrays.copyOf(all, length));

            assertThatThrownBy(() -> load("llama-tied"))
                    .isInstanceOf(MalformedFileException.class)
                    .hasMessageContaining("cut short");
        }
    }

    private void copy(String adapter) throws IOException {
        try (Stream<Path> files = Files.list(TinyAdapter.named(adapter).path())) {
            for (Path file : files.toList()) {
                Files.copy(file, folder.resolve(file.getFileName()));
            }
        }
    }

    /** In a safetensors file the replacement must be as long: its header's length is part of it. */
    private void replace(String file, String what, String by) throws IOException {
        Path path = folder.resolve(file);
        String content = Files.readString(path, StandardCharsets.ISO_8859_1);
        assertThat(content).contains(what);
        Files.writeString(path, content.replace(what, by), StandardCharsets.ISO_8859_1);
    }

    private void load(String model) throws IOException {
        Path path = TinyModel.named(model).paths().getFirst();
        try (Kernels kernels = Providers.choose(new KernelOptions(Optional.of("scalar"), 1, Activations.FLOAT32))
                        .kernels();
                LoadedModel loaded = new ModelLoader(OPTIONS).load(model, path, kernels);
                Adapter adapter = PeftFolder.load(folder, loaded.backend(), kernels)) {
            assertThat(adapter.rank()).isPositive();
        }
    }
}
