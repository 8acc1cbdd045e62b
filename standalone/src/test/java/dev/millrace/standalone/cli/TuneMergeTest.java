package dev.millrace.standalone.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.standalone.launch.Home;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is merged has the form of its model: a file or a folder. */
class TuneMergeTest {
    private static final Path GOLDENS = Path.of("../training-service/src/test/resources/goldens");

    @TempDir
    Path folder;

    @BeforeEach
    void layOut() throws IOException {
        Path models = Files.createDirectories(new Home(folder).models());
        Files.copy(GOLDENS.resolve("llama.gguf"), models.resolve("file.gguf"));
        copy(GOLDENS.resolve("llama"), models.resolve("folder"));
        copy(GOLDENS.resolve("llama/adapter"), models.resolve("adapters/taught"));
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.createDirectories(to);
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.copy(file, to.resolve(file.getFileName()));
            }
        }
    }

    private Outcome merge(String model, String out, String... more) {
        String[] arguments = Stream.concat(
                        Stream.of("tune", "merge", model, folder.resolve(out).toString()), Stream.of(more))
                .toArray(String[]::new);
        return Outcome.of(folder, arguments);
    }

    @Test
    void a_folder_becomes_a_folder_and_a_file_a_file() {
        Outcome whole = merge("folder:taught", "merged");
        assertThat(whole.status()).as(whole.err()).isZero();
        assertThat(whole.err()).contains("as F32").contains("up --model");
        assertThat(folder.resolve("merged/model.safetensors")).exists();
        assertThat(folder.resolve("merged/config.json")).exists();
        Outcome file = merge("file:taught", "merged.gguf", "--type=f16");
        assertThat(file.status()).as(file.err()).isZero();
        assertThat(folder.resolve("merged.gguf")).isRegularFile();
    }

    @Test
    void a_wrong_mix_is_refused_with_what_would_be_right() {
        assertRefused(merge("folder:taught", "merged.gguf"), "OUT must be a folder's name, was ", "merged.gguf");
        assertRefused(merge("folder:taught", "merged", "--type=q8_0"), "--type q8_0", "f16, bf16, f32 or same");
        assertRefused(merge("file:taught", "merged.safetensors"), "OUT must end in .gguf", "merged.safetensors");
        assertRefused(merge("none:taught", "merged"), "\"none\"", "none.gguf");
        assertRefused(merge("folder:none", "merged"), "There is no adapter");
        assertThat(folder.resolve("merged")).doesNotExist();
    }

    private static void assertRefused(Outcome outcome, String... parts) {
        assertThat(outcome.status()).isEqualTo(1);
        assertThat(outcome.err()).contains(parts);
    }
}
