package dev.millrace.standalone.platform;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.standalone.TestModels;
import dev.millrace.standalone.TestPlatform;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A model that can't be served ends the start, with one sentence that says why. */
class BadModelTest {
    private static final String PRE_TOKENIZER = "tokenizer.ggml.pre";

    @TempDir
    private Path folder;

    @Test
    void a_file_that_is_cut_short_is_named() throws Exception {
        byte[] good = Files.readAllBytes(TestModels.path("smollm2-135m"));
        assertRefused(Arrays.copyOf(good, good.length / 2), "mine.gguf", "expected at most");
    }

    @Test
    void a_pre_tokenizer_that_nobody_knows_is_named_with_those_that_are() throws Exception {
        byte[] bytes = Files.readAllBytes(TestModels.path("smollm2-135m"));
        // every byte is a character here; after the key come its type and the value's length
        int key = new String(bytes, 0, 1 << 20, StandardCharsets.ISO_8859_1).indexOf(PRE_TOKENIZER);
        assertThat(key).isPositive();
        ByteBuffer.wrap(bytes).put(key + PRE_TOKENIZER.length() + 12, "xmolly".getBytes(StandardCharsets.US_ASCII));
        assertRefused(bytes, "the pre-tokenizer \"xmolly\"", "smollm");
    }

    private void assertRefused(byte[] model, String... parts) throws Exception {
        Path file = Files.write(folder.resolve("mine.gguf"), model);
        Path said = folder.resolve("said.txt");
        Process process = TestPlatform.command(
                        folder.resolve("home"),
                        "up",
                        "--model=" + file,
                        "--port=" + TestPlatform.freePort(),
                        "--grpc-port=" + TestPlatform.freePort())
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .start();
        try {
            assertThat(process.waitFor(2, TimeUnit.MINUTES)).as("up ends").isTrue();
        } finally {
            process.destroyForcibly();
        }
        List<String> sentences = Files.readAllLines(said).stream()
                .filter(line -> line.contains("can't be served"))
                .toList();
        assertThat(process.exitValue()).as(Files.readString(said)).isEqualTo(1);
        assertThat(sentences).hasSize(1);
        assertThat(sentences.getFirst())
                .startsWith("The model mine can't be served: ")
                .contains(parts);
        assertThat(Files.readString(said)).doesNotContain("\tat ").doesNotContain("Exception");
    }
}
