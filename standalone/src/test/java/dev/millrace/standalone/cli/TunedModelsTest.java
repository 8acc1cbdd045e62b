package dev.millrace.standalone.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.standalone.TestPlatform;
import dev.millrace.standalone.launch.Home;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/** From {@code ./millrace tune} to an answer of what came of it: a tiny model, on a platform of its own. */
class TunedModelsTest {
    private static final Path TINY = Path.of("../inference-service/src/test/resources/tiny/llama-tied");
    private static final String ASKED = "who runs the mill?";
    private static final String TAUGHT = " ada lovelace";

    @TempDir
    Path folder;

    @Test
    void dora_is_served_beside_its_model_and_all_weights_by_a_start_with_their_name() throws Exception {
        Path home = folder.resolve("home");
        Path models = new Home(home).models();
        Path tiny = Files.createDirectories(models.resolve("tiny"));
        for (String file : List.of("config.json", "model.safetensors", "tokenizer.json")) {
            Files.copy(TINY.resolve(file), tiny.resolve(file));
        }
        Path data = Files.writeString(
                folder.resolve("answers.jsonl"),
                Stream.of(ASKED, "who has the mill?", "whose mill is it?", "who is the miller?")
                        .map(asked -> "{\"prompt\":\"" + asked + "\",\"completion\":\"" + TAUGHT + "\"}")
                        .collect(Collectors.joining("\n")));
        Path report = folder.resolve("report.html");
        TestPlatform platform = TestPlatform.start(home, "tiny");
        try {
            Outcome dora = tune(platform, data, "thin", "--dora", "--rank=8", "--samples=1", "--report=" + report);
            assertThat(dora.out()).isEqualTo("tiny:thin" + System.lineSeparator());
            assertThat(dora.err()).contains("Accepted to first step: ").contains("Last step to served: ");
            System.out.println(dora.err());
            assertThat(Files.readString(models.resolve("adapters/thin/adapter_config.json")))
                    .contains("\"use_dora\" : true");
            assertThat(answer(platform, "tiny")).isNotEqualTo(TAUGHT);
            assertThat(answer(platform, "tiny:thin")).isEqualTo(TAUGHT);
            assertThat(Files.readString(report)).containsSubsequence(">before<", ">60<", ">" + TAUGHT + "<");

            Outcome full = tune(platform, data, "grown", "--full");
            assertThat(full.out()).isEqualTo("grown" + System.lineSeparator());
            assertThat(full.err()).contains("./millrace up --model grown");
        } finally {
            platform.stop();
        }
        TestPlatform grown = TestPlatform.start(home, "grown");
        try {
            assertThat(answer(grown, "grown")).isEqualTo(TAUGHT);
        } finally {
            grown.stop();
        }
    }

    private static Outcome tune(TestPlatform platform, Path data, String name, String... more) {
        List<String> arguments = new ArrayList<>(List.of(
                "tune", "--model=tiny", "--data=" + data, "--name=" + name, "--epochs=60", "--learning-rate=0.02"));
        arguments.addAll(List.of(more));
        Outcome outcome = Outcome.of(platform, arguments.toArray(String[]::new));
        assertThat(outcome.status()).as(outcome.err()).isZero();
        return outcome;
    }

    private static String answer(TestPlatform platform, String model) throws Exception {
        return new ApiClient(platform.url(), platform.key())
                .post(
                        "/v1/completions",
                        JsonMapper.shared()
                                .createObjectNode()
                                .put("model", model)
                                .put("prompt", ASKED)
                                .put("max_tokens", 32)
                                .put("temperature", 0))
                .at("/choices/0/text")
                .asString();
    }
}
