package dev.millrace.standalone.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.standalone.bench.TuningReport;
import dev.millrace.standalone.bench.TuningTimes;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

class TuneTest {
    private static final JsonMapper JSON = JsonMapper.shared();

    private static JsonNode step(int step, int total, double loss) {
        return JSON.readTree(String.format(
                Locale.ROOT,
                "{\"type\":\"metrics\",\"created_at\":%d,\"message\":\"\",\"data\":{\"step\":%d,\"total_steps\":%d,"
                        + "\"loss\":%f,\"learning_rate\":%f,\"grad_norm\":1.5,\"num_tokens\":100,"
                        + "\"rewards/margins\":%f}}",
                1_700_000_000 + step,
                step,
                total,
                loss,
                1e-4 * step,
                -0.1 * step));
    }

    @Test
    void a_falling_loss_falls_in_the_sparkline() {
        assertThat(TuneProgress.sparks(List.of(8.0, 7.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0)))
                .isEqualTo("█▇▆▅▄▃▂▁");
        assertThat(TuneProgress.sparks(DoubleStream.iterate(500, loss -> loss - 1)
                        .limit(500)
                        .boxed()
                        .toList()))
                .hasSize(20)
                .startsWith("█")
                .endsWith("▁");
        assertThat(TuneProgress.sparks(List.of(2.0))).isEqualTo("▁");
    }

    @Test
    void what_is_no_terminal_gets_a_line_for_each_tenth() {
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        try (TuneProgress progress = new TuneProgress(new PrintStream(said, true, StandardCharsets.UTF_8), false)) {
            for (int step = 1; step <= 200; step++) {
                progress.show(step(step, 200, 3.0 / step));
            }
        }
        List<String> lines = said.toString(StandardCharsets.UTF_8).lines().toList();
        assertThat(lines).hasSize(10);
        assertThat(lines.getFirst())
                .contains("step 20 of 200")
                .contains("loss 0.150")
                .contains("3 min left");
        assertThat(lines.getLast()).contains("step 200 of 200").doesNotContain("left");
    }

    @Test
    void a_file_s_name_becomes_a_model_s() {
        assertThat(Tune.nameOf(Path.of("data/my answers (2).jsonl"))).isEqualTo("my-answers-2-");
        assertThat(Tune.nameOf(Path.of("..."))).isEqualTo("tuned");
        assertThat(Tune.nameOf(Path.of("a".repeat(99)))).hasSize(64);
    }

    @Test
    void settings_become_openai_s_fields_and_ours() throws Exception {
        TuneSettings settings = new TuneSettings();
        new CommandLine(new Holder(settings))
                .parseArgs(
                        "--epochs 5 --learning-rate 1e-3 --rank 8 --beta 0.3 --seed 9 --early-stopping 2 --samples 0 --neftune-alpha 5 --less-memory --frozen nf4 --mix-share 0.2 --l2-sp 0.01 --ewc 3"
                                .split(" ", -1));
        ObjectNode request = JSON.createObjectNode();
        settings.write(request, "dpo");
        assertThat(request.toString())
                .isEqualTo(
                        "{\"method\":{\"type\":\"dpo\",\"dpo\":{\"hyperparameters\":"
                                + "{\"n_epochs\":5,\"beta\":0.3}}},\"seed\":9,"
                                + "\"millrace\":{\"learning_rate\":0.001,\"early_stopping_patience\":2,\"samples\":0,\"neftune_noise_alpha\":5.0,"
                                + "\"mix_share\":0.2,\"l2_sp\":0.01,\"ewc\":3.0,\"gradient_checkpointing\":true,\"frozen\":\"nf4\",\"lora\":{\"rank\":8}}}");
        assertThatThrownBy(() -> settings.write(JSON.createObjectNode(), "sft")).hasMessageContaining("--beta");
        assertThatThrownBy(() -> settings.write(JSON.createObjectNode(), "ppo")).hasMessageContaining("was ppo");
    }

    @Test
    void all_weights_have_no_adapter_s_settings() throws Exception {
        TuneSettings full = new TuneSettings();
        new CommandLine(new Holder(full)).parseArgs("--full");
        ObjectNode request = JSON.createObjectNode();
        full.write(request, "sft");
        assertThat(request.path("millrace").toString()).isEqualTo("{\"full_weights\":true}");
        ObjectNode reward = JSON.createObjectNode();
        new TuneSettings().write(reward, "reward");
        assertThat(reward.at("/method/type").asString()).isEqualTo("reward");
        assertThat(reward.at("/method/reward/hyperparameters").isObject()).isTrue();
        TuneSettings both = new TuneSettings();
        new CommandLine(new Holder(both)).parseArgs("--full", "--rank", "4");
        assertThatThrownBy(() -> both.write(JSON.createObjectNode(), "sft")).hasMessageContaining("--rank");
    }

    private static JsonNode sample(int step, String answer) {
        return JSON.readTree("{\"type\":\"message\",\"created_at\":9,\"message\":\"it says\",\"data\":{\"step\":" + step
                + ",\"prompt\":\"Who?\",\"wanted\":\"Ada.\",\"answer\":\"" + answer + "\"}}");
    }

    @CommandLine.Command
    private record Holder(@CommandLine.Mixin TuneSettings settings) {}

    @Test
    void how_long_a_job_s_ends_took_is_said_as_far_as_it_is_known() {
        String times = "\"millrace\":{\"times\":{\"accepted\":1700000000.0,\"first_step\":1700000003.25,"
                + "\"last_step\":1700000058.5,\"finished\":1700000060.0}}}";
        assertThat(TuningTimes.of(JSON.readTree("{\"status\":\"succeeded\"," + times))
                        .words())
                .isEqualTo("Accepted to first step: 3.25 s; last step to model store: 1.50 s");
        assertThat(TuningTimes.of(JSON.readTree("{\"status\":\"cancelled\"," + times))
                        .words())
                .isEqualTo("Accepted to first step: 3.25 s");
        assertThat(TuningTimes.of(JSON.readTree("{\"millrace\":{\"times\":{\"accepted\":1}}}"))
                        .words())
                .isEmpty();
    }

    @Test
    void a_report_draws_what_was_told_and_nothing_else() {
        List<JsonNode> events = new ArrayList<>();
        events.add(JSON.readTree("{\"type\":\"message\",\"created_at\":1,\"message\":\"<b>queued</b>\",\"data\":{}}"));
        for (int step = 1; step <= 5; step++) {
            events.add(step(step, 5, 1.0 / step));
        }
        // what the model said before is told after the first look
        events.add(sample(5, "Ada."));
        events.add(sample(0, "I <do> not know."));
        String page = TuningReport.of(
                JSON.readTree("{\"id\":\"ftjob-1\",\"model\":\"tiny\",\"status\":\"succeeded\",\"created_at\":1,"
                        + "\"millrace\":{\"adapter\":\"a\",\"lora\":{\"rank\":4,\"alpha\":8}}}"),
                events);
        assertThat(page)
                .contains("<title>tiny:a</title>")
                .contains("aria-label=\"Loss\"")
                .contains("aria-label=\"Margin between chosen and rejected answers\"")
                .contains("step 5: 0.200")
                .contains("<td rowspan=\"2\"")
                .containsSubsequence(">Who?<", ">Ada.<", ">before<", "I &lt;do&gt; not know.", ">5<", ">Ada.<")
                .containsOnlyOnce(">Who?<")
                .contains("&lt;b&gt;queued&lt;/b&gt;")
                .doesNotContain("Share of tokens")
                .doesNotContain("<script")
                .doesNotContain("NaN");
    }
}
