package dev.millrace.training.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import dev.millrace.kernels.quant.RowWidener;
import dev.millrace.kernels.weights.SafetensorsFile;
import dev.millrace.kernels.weights.Tensor;
import dev.millrace.training.adapter.PeftAdapter;
import dev.millrace.training.examples.Examples;
import dev.millrace.training.examples.Sequence;
import dev.millrace.training.method.DirectPreference;
import dev.millrace.training.method.DirectPreference.Loss;
import dev.millrace.training.method.Method;
import dev.millrace.training.method.RewardModeling;
import dev.millrace.training.method.SupervisedFineTuning;
import dev.millrace.training.model.Arrays64;
import dev.millrace.training.model.Decoder;
import dev.millrace.training.model.Frozen;
import dev.millrace.training.model.LoraAdapter;
import dev.millrace.training.model.LoraSettings;
import dev.millrace.training.model.Parameter;
import dev.millrace.training.model.PassSettings;
import dev.millrace.training.model.ScoredBatch;
import dev.millrace.training.model.TokenBatch;
import dev.millrace.training.model.Trained;
import dev.millrace.training.torch.Scope;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Training agrees with torch, transformers and PEFT. */
class GoldenTest {
    private static final LoraSettings LORA = new LoraSettings(4, 8, false, 0, Set.copyOf(LoraSettings.ALL_TARGETS));
    private static final LoraSettings DORA =
            new LoraSettings(4, 8, false, 0, Set.copyOf(LoraSettings.ALL_TARGETS), LoraSettings.Form.DORA);

    @TempDir
    Path folder;

    private static LoraAdapter adapter(Decoder decoder, Golden golden) throws IOException {
        return adapter(decoder, golden, "adapter");
    }

    private static LoraAdapter adapter(Decoder decoder, Golden golden, String name) throws IOException {
        LoraAdapter adapter = decoder.adapt(name.equals("dora") ? DORA : LORA, 1);
        PeftAdapter.load(golden.model().resolve(name), adapter);
        return adapter;
    }

    private static double[] lastLogits(Decoder decoder, int[] ids, Optional<LoraAdapter> adapter) {
        try (Scope scope = decoder.torch().scope()) {
            NDArray logits = decoder.logits(scope, new TokenBatch(List.of(ids)), adapter);
            double[] all = Arrays64.doubles(logits);
            int width = (int) decoder.vocabulary();
            return java.util.Arrays.copyOfRange(all, all.length - width, all.length);
        }
    }

    static void assertClose(double[] actual, double[] expected, double tolerance, String what) {
        assertThat(actual).as(what).hasSameSizeAs(expected);
        double largest = java.util.Arrays.stream(expected).map(Math::abs).max().orElse(0);
        for (int i = 0; i < actual.length; i++) {
            assertThat(actual[i]).as(what + "[" + i + "]").isCloseTo(expected[i], within(tolerance * largest));
        }
    }

    @ParameterizedTest
    @CsvSource({"llama,llama", "llama.gguf,llama", "qwen2,qwen2", "qwen3,qwen3", "gemma3,gemma3"})
    void logits_are_those_of_transformers_with_and_without_an_adapter_of_peft(String file, String name)
            throws IOException {
        Golden golden = Golden.of(name);
        try (Decoder decoder = Decoder.load(Golden.FOLDER.resolve(file), 1)) {
            assertClose(lastLogits(decoder, golden.probe(), Optional.empty()), golden.numbers("bare"), 1e-5, "logits");
            Optional<LoraAdapter> adapter = Optional.of(adapter(decoder, golden));
            assertClose(lastLogits(decoder, golden.probe(), adapter), golden.numbers("adapted"), 1e-5, "with adapter");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama", "qwen2", "qwen3", "gemma3"})
    void twenty_steps_of_sft_are_those_of_torch(String name) throws IOException {
        Golden golden = Golden.of(name);
        try (Decoder decoder = Decoder.load(golden.model(), 1)) {
            compare(decoder, golden, "sft", new SupervisedFineTuning(), golden.examples(), 2, 2);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "llama,dpo-sigmoid,SIGMOID,0",
        "llama,dpo-smoothed,SIGMOID,0.2",
        "llama,dpo-hinge,HINGE,0",
        "llama,dpo-ipo,IPO,0",
        "qwen2,dpo-sigmoid,SIGMOID,0"
    })
    void twenty_steps_of_dpo_are_those_of_torch(String name, String run, Loss loss, double smoothing)
            throws IOException {
        Golden golden = Golden.of(name);
        Method method = new DirectPreference(new DirectPreference.Settings(loss, 0.1, smoothing, false));
        try (Decoder decoder = Decoder.load(golden.model(), 1)) {
            compare(decoder, golden, run, method, golden.pairs(), 2, 1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama", "qwen2"})
    void twenty_steps_of_trl_s_own_trainers_are_ours(String name) throws IOException {
        Golden golden = Golden.of(name);
        Golden trl = golden.by("trl.json");
        Method dpo = new DirectPreference(new DirectPreference.Settings(Loss.SIGMOID, 0.1, 0, false));
        try (Decoder decoder = Decoder.load(golden.model(), 1)) {
            compare(decoder, trl, "sft", new SupervisedFineTuning(), golden.examples(), 4, 1);
            folder = folder.resolve("dpo");
            compare(decoder, trl, "dpo-sigmoid", dpo, golden.pairs(), 2, 1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama", "qwen2"})
    void twenty_steps_of_trl_s_reward_trainer_are_ours(String name) throws IOException {
        Golden golden = Golden.of(name);
        Golden trl = golden.by("trl.json");
        try (Decoder decoder = Decoder.load(golden.model(), 1)) {
            LoraAdapter adapter = decoder.adaptForRewards(LORA, 1);
            golden.load(adapter);
            double[] score = trl.numbers("reward", "score");
            float[] start = new float[score.length];
            for (int i = 0; i < start.length; i++) {
                start[i] = (float) score[i];
            }
            adapter.set(LoraAdapter.SCORE, start);
            compare(decoder, adapter, trl, "reward", new RewardModeling(), golden.pairs(), 2, 1);
        }
    }

    /** PEFT reads by these names alone, so a folder of ours is one that it reads. */
    @ParameterizedTest
    @ValueSource(strings = {"llama", "qwen2"})
    void a_reward_model_of_peft_gives_a_text_the_same_number_and_is_written_as_peft_writes_it(String name)
            throws IOException {
        Golden golden = Golden.of(name);
        Path theirs = golden.model().resolve("reward");
        try (Decoder decoder = Decoder.load(golden.model(), 1)) {
            LoraAdapter adapter = decoder.adaptForRewards(LORA, 1);
            PeftAdapter.load(theirs, adapter);
            try (Scope scope = decoder.torch().scope()) {
                List<Sequence> probe = List.of(Sequence.plain(golden.probe()));
                double reward = ScoredBatch.of(decoder, scope, probe, Optional.of(adapter), PassSettings.LOOK)
                        .scores()
                        .getFirst()
                        .sum();
                double expected =
                        golden.by("trl.json").expected().at("/reward/probe").asDouble();
                assertThat(reward).isCloseTo(expected, within(1e-4 * Math.max(1, Math.abs(expected))));
            }
            PeftAdapter.save(adapter, "tiny", folder);
        }
        assertSameTensors(folder, theirs);
        JsonNode ours = config(folder);
        JsonNode peft = config(theirs);
        for (String key : List.of("peft_type", "task_type", "r", "lora_alpha", "use_rslora", "use_dora", "bias")) {
            assertThat(ours.path(key)).as(key).isEqualTo(peft.path(key));
        }
        assertThat(ours.path("modules_to_save")).hasSize(1);
        assertThat(peft.path("modules_to_save"))
                .contains(ours.path("modules_to_save").get(0));
    }

    private static JsonNode config(Path adapter) {
        return JsonMapper.shared().readTree(adapter.resolve(PeftAdapter.CONFIG).toFile());
    }

    @Test
    void twenty_steps_over_weights_in_four_bits_are_those_of_torch_and_bitsandbytes() throws IOException {
        Golden golden = Golden.of("llama");
        try (Decoder decoder = Decoder.load(golden.model(), 2, Frozen.NF4)) {
            compare(decoder, golden.by("nf4.json"), "sft", new SupervisedFineTuning(), golden.examples(), 2, 2);
        }
    }

    /** Of the file whose queries and keys are in another order. */
    @Test
    void so_are_those_over_weights_that_are_opened_out_of_the_file() throws IOException {
        Golden golden = Golden.of("llama");
        try (Decoder decoder = Decoder.load(Golden.FOLDER.resolve("llama.gguf"), 2, Frozen.SAME)) {
            compare(decoder, golden, "sft", new SupervisedFineTuning(), golden.examples(), 2, 2);
        }
    }

    @Test
    void dora_is_peft_s_own() throws IOException {
        Golden golden = Golden.of("llama");
        Golden methods = golden.by("methods.json");
        try (Decoder decoder = Decoder.load(golden.model(), 1)) {
            LoraAdapter adapter = adapter(decoder, golden, "dora");
            double[] logits = lastLogits(decoder, golden.probe(), Optional.of(adapter));
            assertClose(logits, methods.numbers("dora", "logits"), 1e-5, "with DoRA");
            compare(decoder, adapter, methods, "dora", new SupervisedFineTuning(), golden.examples(), 2, 2);
        }
    }

    @Test
    void a_reward_is_the_score_s_product_with_the_last_hidden_state_of_transformers() throws IOException {
        Golden golden = Golden.of("llama");
        double[] logits = golden.numbers("adapted");
        try (Decoder decoder = Decoder.load(golden.model(), 1);
                SafetensorsFile weights = SafetensorsFile.open(golden.model().resolve("model.safetensors"))) {
            LoraAdapter adapter = decoder.adaptForRewards(LORA, 1);
            golden.load(adapter);
            float[] head = RowWidener.widen(weights.tensor("model.embed_tokens.weight"));
            List<Sequence> sequences = List.of(Sequence.plain(new int[] {5, 9, 4}), Sequence.plain(golden.probe()));
            int width = decoder.config().width();
            double[] rewards = new double[logits.length];
            for (int token = 0; token < logits.length; token++) {
                // a token's row of the model's head for the score: then the reward is that token's logit
                adapter.set(LoraAdapter.SCORE, Arrays.copyOfRange(head, token * width, (token + 1) * width));
                try (Scope scope = decoder.torch().scope()) {
                    rewards[token] = ScoredBatch.of(decoder, scope, sequences, Optional.of(adapter), PassSettings.LOOK)
                            .scores()
                            .get(1)
                            .sum();
                }
            }
            assertClose(rewards, logits, 1e-5, "rewards");
        }
    }

    @Test
    void twenty_steps_of_all_weights_are_those_of_torch() throws IOException {
        Golden golden = Golden.of("llama");
        try (Decoder decoder = Decoder.load(golden.model(), 1)) {
            Golden methods = golden.by("methods.json");
            compare(decoder, decoder.whole(), methods, "full", new SupervisedFineTuning(), golden.examples(), 2, 2);
        }
    }

    private void compare(
            Decoder decoder, Golden golden, String run, Method method, Examples examples, int batch, int accumulation)
            throws IOException {
        compare(decoder, adapter(decoder, golden), golden, run, method, examples, batch, accumulation);
    }

    private void compare(
            Decoder decoder,
            Trained trained,
            Golden golden,
            String run,
            Method method,
            Examples examples,
            int batch,
            int accumulation)
            throws IOException {
        TrainingSettings settings = new TrainingSettings(
                20,
                OptionalLong.of(20),
                batch,
                accumulation,
                0.01,
                Schedule.Shape.COSINE,
                3,
                0.01,
                1,
                7,
                false,
                3,
                TrainingSettings.Options.USUAL,
                Frozen.FLOAT32);
        Optimizer optimizer =
                settings.optimizer(trained.parameters(), decoder.torch().root());
        List<StepReport> reports = new ArrayList<>();
        Checkpoints checkpoints = new Checkpoints(folder, "tiny");
        Trainer trainer = new Trainer(decoder, trained, method, optimizer, settings, examples);
        trainer.run(checkpoints, report -> {
            reports.add(report);
            if (report.step() == 3) {
                compareMatrices(trained, golden.expected().at("/" + run + "/matrices/3"), 1e-3);
            }
            return true;
        });
        assertThat(reports).hasSize(20);
        for (StepReport report : reports) {
            JsonNode expected = golden.expected().at("/" + run + "/steps/" + (report.step() - 1));
            for (Map.Entry<String, JsonNode> metric : expected.properties()) {
                double value = metric.getValue().asDouble();
                Double actual = report.metrics().get(metric.getKey());
                assertThat(actual)
                        .as(run + " step " + report.step() + " " + metric.getKey())
                        .isNotNull()
                        .isCloseTo(value, within(1e-4 * Math.max(Math.abs(value), 0.01)));
            }
        }
        compareMatrices(trained, golden.expected().at("/" + run + "/matrices/20"), 1e-3);
    }

    private static void compareMatrices(Trained trained, JsonNode expected, double tolerance) {
        if (expected.isMissingNode()) {
            return;
        }
        if (trained instanceof LoraAdapter) {
            assertThat(trained.parameters()).hasSize(expected.size());
        }
        expected.properties().forEach(entry -> {
            String name = entry.getKey().replaceFirst("^base_model\\.model\\.", "");
            Parameter parameter = trained.parameter(name).orElseThrow();
            assertClose(Arrays64.doubles(parameter.value()), Golden.numbers(entry.getValue()), tolerance, name);
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"adapter", "dora"})
    void an_adapter_is_written_as_peft_writes_it(String name) throws IOException {
        Golden golden = Golden.of("llama");
        try (Decoder decoder = Decoder.load(golden.model(), 1)) {
            PeftAdapter.save(adapter(decoder, golden, name), "tiny", folder);
        }
        assertThat(config(folder).path("use_dora").asBoolean()).isEqualTo(name.equals("dora"));
        assertSameTensors(folder, golden.model().resolve(name));
    }

    private static void assertSameTensors(Path adapter, Path other) throws IOException {
        try (SafetensorsFile ours = SafetensorsFile.open(adapter.resolve(PeftAdapter.WEIGHTS));
                SafetensorsFile theirs = SafetensorsFile.open(other.resolve(PeftAdapter.WEIGHTS))) {
            assertThat(ours.tensors().keySet())
                    .containsExactlyInAnyOrderElementsOf(theirs.tensors().keySet());
            for (Tensor tensor : ours.tensors().values()) {
                Tensor expected = theirs.tensor(tensor.name());
                assertThat(tensor.shape()).isEqualTo(expected.shape());
                assertThat(tensor.data().mismatch(expected.data())).isEqualTo(-1);
            }
        }
    }
}
