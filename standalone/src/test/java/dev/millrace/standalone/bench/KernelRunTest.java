package dev.millrace.standalone.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.kernels.compute.Kernels;
import dev.millrace.kernels.weights.GgufFile;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class KernelRunTest {
    /** Width 32, two layers, a head that is the embedding. */
    private static final Path TINY = Path.of("../inference-service/src/test/resources/tiny");

    @Test
    void matrices_of_one_format_and_shape_are_one_kind_and_the_head_comes_last() throws Exception {
        try (GgufFile file = GgufFile.open(TINY.resolve("llama-untied.gguf"))) {
            List<MatrixKind> kinds = MatrixKind.of(file.tensors().values());
            assertThat(kinds.getLast().head()).isTrue();
            assertThat(kinds.getLast().role()).isEqualTo("output");
            assertThat(kinds).filteredOn(MatrixKind::head).hasSize(1);
            assertThat(kinds).noneMatch(kind -> kind.role().contains("token_embd"));
            assertThat(kinds)
                    .filteredOn(kind -> !kind.head())
                    .allMatch(kind -> kind.tensors().size() % 2 == 0);
        }
    }

    @Test
    void a_tied_embedding_is_the_head() throws Exception {
        try (GgufFile file = GgufFile.open(TINY.resolve("llama-tied.gguf"))) {
            MatrixKind head = MatrixKind.of(file.tensors().values()).getLast();
            assertThat(head.head()).isTrue();
            assertThat(head.role()).isEqualTo("token_embd");
            assertThat(head.multiplyAdds()).isEqualTo((long) head.rows() * head.columns());
        }
    }

    @Test
    void every_kind_is_timed_with_every_number_of_tokens() throws Exception {
        try (Kernels kernels = ChosenKernels.open(Map.of("MILLRACE_INFERENCE_THREADS", "1"))
                        .kernels();
                GgufFile file = GgufFile.open(TINY.resolve("llama-tied.gguf"))) {
            KernelFigures figures =
                    new KernelRun(kernels, List.of(1, 128), 2, 1).measure(TINY.resolve("llama-tied.gguf"), _ -> {});
            List<MatrixKind> kinds = MatrixKind.of(file.tensors().values());
            // nobody asks for the logits of 128 tokens at once
            assertThat(figures.products()).hasSize(2 * kinds.size() - 1);
            assertThat(figures.products())
                    .allMatch(product -> product.gigaMacs() > 0
                            && product.gigabytes() > 0
                            && product.micros().count() == 2);
            assertThat(figures.cost().layerMultiplyAdds())
                    .isEqualTo(kinds.stream()
                            .filter(kind -> !kind.head())
                            .mapToLong(MatrixKind::multiplyAdds)
                            .sum());
            assertThat(figures.cost().weightBytes()).isPositive();
        }
    }

    @Test
    void a_model_is_loaded_twice_each_time_in_a_process_of_its_own() throws Exception {
        Loading loading = LoadProbe.measure(TINY.resolve("llama-tied.gguf"));
        assertThat(loading.firstMillis()).isPositive();
        assertThat(loading.againMillis()).isPositive();
    }
}
