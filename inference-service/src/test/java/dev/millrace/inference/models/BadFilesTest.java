package dev.millrace.inference.models;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.inference.engine.EngineOptions;
import dev.millrace.inference.model.BackendOptions;
import dev.millrace.inference.model.BackendOptions.CacheSize;
import dev.millrace.kernels.compute.KernelOptions;
import dev.millrace.kernels.compute.KernelOptions.Activations;
import dev.millrace.kernels.compute.Providers;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A service that is told of good models and bad ones serves the good ones, and says of each bad one what is wrong. */
class BadFilesTest {
    private static final Path GOOD = Path.of("src/test/resources/tiny/llama-tied.gguf");
    private static final EngineOptions OPTIONS = new EngineOptions(64, 8, 8, 1_000, Duration.ofSeconds(1), true);
    private static final int TENSOR_COUNT_AT = 8;
    private static final String TENSOR = "token_embd.weight";

    @TempDir
    private Path folder;

    private final Map<String, Path> paths = new LinkedHashMap<>();

    @Test
    void each_bad_file_has_its_sentence_and_the_good_ones_are_served() throws Exception {
        paths.put("first", GOOD);
        int length = (int) Files.size(GOOD);
        bad("empty", 0, bytes -> {});
        bad("cut in its header", 1_000, bytes -> {});
        bad("cut in its tensors", length - 100, bytes -> {});
        bad("not GGUF", length, bytes -> bytes[3] = 'L');
        bad("with too many tensors", length, bytes -> putLong(bytes, TENSOR_COUNT_AT, 1L << 60));
        // after a tensor's name come the number of its dimensions, and the dimensions
        bad("with an overflowing shape", length, bytes -> {
            putLong(bytes, after(bytes, TENSOR) + 4, 1L << 40);
            putLong(bytes, after(bytes, TENSOR) + 12, 1L << 40);
        });
        bad("with a tensor beyond its end", length, bytes -> putLong(bytes, after(bytes, TENSOR) + 12, 1L << 20));
        paths.put("absent", folder.resolve("absent.gguf"));
        paths.put("last", GOOD);

        try (ModelRegistry models = new ModelRegistry(
                paths,
                () -> Providers.choose(new KernelOptions(Optional.of("scalar"), 1, Activations.FLOAT32))
                        .kernels(),
                new ModelLoader(BackendOptions.DEFAULT.with(new CacheSize.Tokens(64)))::load,
                OPTIONS)) {
            awaitLoaded(models);
            assertThat(models.state("first")).isInstanceOf(ModelState.Ready.class);
            assertThat(models.state("last")).isInstanceOf(ModelState.Ready.class);
            assertRefused(models, "empty", "magic takes 4 bytes at byte 0", "it is cut short");
            assertRefused(models, "cut in its header", "tokenizer.ggml.tokens", "expected at most 48");
            assertRefused(models, "cut in its tensors", "tensor", "expected at most");
            assertRefused(models, "not GGUF", "\"GGUF\"");
            assertRefused(models, "with too many tensors", "tensor count", "1152921504606846976");
            assertRefused(models, "with an overflowing shape", TENSOR, "[1099511627776, 1099511627776]");
            assertRefused(models, "with a tensor beyond its end", TENSOR, "expected at most");
            assertRefused(models, "absent", "is not there");
        }
    }

    private static void assertRefused(ModelRegistry models, String name, String... parts) {
        assertThat(models.state(name))
                .isInstanceOfSatisfying(
                        ModelState.Failed.class,
                        failed -> assertThat(failed.reason())
                                .contains(name + ".gguf")
                                .contains(parts)
                                .doesNotContain("\n", "Exception"));
    }

    private static void awaitLoaded(ModelRegistry models) throws InterruptedException {
        while (models.states().values().stream().anyMatch(ModelState.Loading.class::isInstance)) {
            Thread.sleep(5);
        }
    }

    /** The good file's first bytes, changed. */
    private void bad(String name, int length, Consumer<byte[]> change) throws IOException {
        byte[] bytes = Arrays.copyOf(Files.readAllBytes(GOOD), length);
        change.accept(bytes);
        paths.put(name, Files.write(folder.resolve(name + ".gguf"), bytes));
    }

    private static void putLong(byte[] bytes, int at, long value) {
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(at, value);
    }

    private static int after(byte[] bytes, String text) {
        // every byte is a character here
        int at = new String(bytes, StandardCharsets.ISO_8859_1).indexOf(text);
        assertThat(at).as(text).isPositive();
        return at + text.length();
    }
}
