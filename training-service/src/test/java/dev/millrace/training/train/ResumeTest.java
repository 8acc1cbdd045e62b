package dev.millrace.training.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.millrace.kernels.weights.MalformedFileException;
import dev.millrace.training.adapter.PeftAdapter;
import dev.millrace.training.method.DirectPreference;
import dev.millrace.training.method.Method;
import dev.millrace.training.method.SupervisedFineTuning;
import dev.millrace.training.model.Arrays64;
import dev.millrace.training.model.Decoder;
import dev.millrace.training.model.Frozen;
import dev.millrace.training.model.LoraAdapter;
import dev.millrace.training.model.LoraSettings;
import dev.millrace.training.model.Trained;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** However a run is interrupted or cut, it ends in the same weights. */
class ResumeTest {
    private static final Golden GOLDEN = Golden.of("llama");
    private static Decoder decoder;

    @TempDir
    Path folder;

    @BeforeAll
    static void load() throws IOException {
        decoder = Decoder.load(GOLDEN.model(), 2);
    }

    @AfterAll
    static void close() {
        decoder.close();
    }

    private static LoraSettings lora(double dropout) {
        return new LoraSettings(4, 8, true, dropout, Set.copyOf(LoraSettings.ALL_TARGETS));
    }

    private static TrainingSettings settings(int batch, int accumulation, double rate) {
        return new TrainingSettings(
                2,
                OptionalLong.of(6),
                batch,
                accumulation,
                rate,
                Schedule.Shape.LINEAR,
                1,
                0.01,
                1,
                11,
                true,
                2,
                TrainingSettings.Options.USUAL,
                Frozen.FLOAT32);
    }

    private static TrainingSettings with(TrainingSettings.Options options) {
        return new TrainingSettings(
                2,
                OptionalLong.of(6),
                2,
                1,
                1e-2,
                Schedule.Shape.LINEAR,
                1,
                0.01,
                1,
                11,
                true,
                2,
                options,
                Frozen.FLOAT32);
    }

    @Test
    void noise_is_drawn_anew_and_the_same_in_a_resumed_run() throws IOException {
        TrainingSettings noisy = with(new TrainingSettings.Options(TrainingSettings.Rule.LAMB, 0, 0.5, 5, false, 0));
        TrainingSettings quiet = with(new TrainingSettings.Options(TrainingSettings.Rule.LAMB, 0, 0.5, 0, false, 0));
        Map<String, float[]> whole = train(folder.resolve("whole"), noisy, 0.1, -1);
        train(folder.resolve("cut"), noisy, 0.1, 3);
        assertSame(train(folder.resolve("cut"), noisy, 0.1, -1), whole);
        Map<String, float[]> without = train(folder.resolve("quiet"), quiet, 0.1, -1);
        assertThat(without.values())
                .noneMatch(matrix -> whole.values().stream().anyMatch(other -> java.util.Arrays.equals(matrix, other)));
    }

    @Test
    void layers_that_are_computed_again_give_the_same_weights_bit_by_bit() throws IOException {
        TrainingSettings again = with(new TrainingSettings.Options(TrainingSettings.Rule.ADAMW, 0, 0, 5, true, 0));
        TrainingSettings kept = with(new TrainingSettings.Options(TrainingSettings.Rule.ADAMW, 0, 0, 5, false, 0));
        assertSame(train(folder.resolve("again"), again, 0.1, -1), train(folder.resolve("kept"), kept, 0.1, -1));
    }

    @Test
    void a_run_out_of_patience_ends_and_so_does_one_that_was_interrupted() throws IOException {
        // steps so long that held-out examples soon get worse
        TrainingSettings settings = new TrainingSettings(
                20,
                OptionalLong.of(40),
                2,
                1,
                3,
                Schedule.Shape.CONSTANT,
                0,
                0,
                1,
                11,
                true,
                100,
                new TrainingSettings.Options(TrainingSettings.Rule.ADAMW, 0, 0, 0, false, 2),
                Frozen.FLOAT32);
        List<Double> losses = new ArrayList<>();
        assertThat(untilPatienceEnds(folder.resolve("whole"), settings, losses, -1))
                .isTrue();
        int steps = losses.size();
        assertThat(steps).isBetween(3, 39);
        double best = losses.subList(0, steps - 2).stream().min(Double::compare).orElseThrow();
        assertThat(losses.subList(steps - 2, steps)).allMatch(loss -> loss >= best);
        List<Double> cut = new ArrayList<>();
        assertThat(untilPatienceEnds(folder.resolve("cut"), settings, cut, steps - 2))
                .isFalse();
        assertThat(untilPatienceEnds(folder.resolve("cut"), settings, cut, -1)).isTrue();
        assertThat(cut).isEqualTo(losses);
        assertThat(untilPatienceEnds(folder.resolve("cut"), settings, cut, -1)).isTrue();
        assertThat(cut).hasSize(steps);
    }

    private static boolean untilPatienceEnds(
            Path folder, TrainingSettings settings, List<Double> losses, long stopAfter) throws IOException {
        LoraAdapter adapter = decoder.adapt(lora(0), settings.seed());
        Optimizer optimizer =
                settings.optimizer(adapter.parameters(), decoder.torch().root());
        Trainer trainer =
                new Trainer(decoder, adapter, new SupervisedFineTuning(), optimizer, settings, GOLDEN.examples());
        trainer.evaluateOn(GOLDEN.examples(), OptionalLong.of(1));
        return trainer.run(new Checkpoints(folder, "tiny"), report -> {
            losses.add(report.metrics().getOrDefault("eval_loss", Double.NaN));
            return report.step() != stopAfter;
        });
    }

    private static Map<String, float[]> train(Path folder, TrainingSettings settings, double dropout, long stopAfter)
            throws IOException {
        return train(folder, settings, dropout, stopAfter, new SupervisedFineTuning());
    }

    private static Map<String, float[]> train(
            Path folder, TrainingSettings settings, double dropout, long stopAfter, Method method) throws IOException {
        return train(folder, settings, decoder, decoder.adapt(lora(dropout), settings.seed()), stopAfter, method);
    }

    private static Map<String, float[]> train(
            Path folder, TrainingSettings settings, Decoder decoder, Trained trained, long stopAfter, Method method)
            throws IOException {
        Optimizer optimizer =
                settings.optimizer(trained.parameters(), decoder.torch().root());
        Trainer trainer = new Trainer(
                decoder,
                trained,
                method,
                optimizer,
                settings,
                method.sequencesPerExample() == 1 ? GOLDEN.examples() : GOLDEN.pairs());
        trainer.run(new Checkpoints(folder, "tiny"), report -> report.step() != stopAfter);
        Map<String, float[]> matrices = new LinkedHashMap<>();
        trained.parameters().forEach((name, parameter) -> matrices.put(name, Arrays64.floats(parameter.value())));
        return matrices;
    }

    /** Trains all weights of a model that is read anew. */
    private static Map<String, float[]> trainWhole(Path folder, long stopAfter, Method method) throws IOException {
        try (Decoder own = Decoder.load(GOLDEN.model(), 2)) {
            return train(folder, settings(2, 1, 1e-3), own, own.whole(), stopAfter, method);
        }
    }

    @Test
    void all_weights_do_so_and_compare_with_what_the_model_was_before_them() throws IOException {
        Map<String, float[]> whole = trainWhole(folder.resolve("sft"), -1, new SupervisedFineTuning());
        trainWhole(folder.resolve("cut"), 3, new SupervisedFineTuning());
        assertSame(trainWhole(folder.resolve("cut"), -1, new SupervisedFineTuning()), whole);
        assertThat(new Checkpoints(folder.resolve("cut"), "tiny").all())
                .singleElement()
                .satisfies(last -> assertThat(last).hasFileName("checkpoint-6"));

        Method method =
                new DirectPreference(new DirectPreference.Settings(DirectPreference.Loss.SIGMOID, 0.1, 0, false));
        Map<String, float[]> preferred = trainWhole(folder.resolve("dpo"), -1, method);
        trainWhole(folder.resolve("dpo-cut"), 3, method);
        assertSame(trainWhole(folder.resolve("dpo-cut"), -1, method), preferred);
    }

    @Test
    void dora_does_so_too() throws IOException {
        LoraSettings dora =
                new LoraSettings(4, 8, true, 0, Set.copyOf(LoraSettings.ALL_TARGETS), LoraSettings.Form.DORA);
        Map<String, float[]> whole = trainDora(folder.resolve("whole"), dora, -1);
        trainDora(folder.resolve("cut"), dora, 3);
        assertSame(trainDora(folder.resolve("cut"), dora, -1), whole);
    }

    private static Map<String, float[]> trainDora(Path folder, LoraSettings dora, long stopAfter) throws IOException {
        return train(
                folder, settings(2, 1, 1e-2), decoder, decoder.adapt(dora, 11), stopAfter, new SupervisedFineTuning());
    }

    private static void assertSame(Map<String, float[]> some, Map<String, float[]> others) {
        assertThat(some.keySet()).isEqualTo(others.keySet());
        some.forEach((name, matrix) -> assertThat(matrix).as(name).isEqualTo(others.get(name)));
    }

    @Test
    void a_run_that_is_stopped_and_resumed_ends_in_the_same_weights_bit_by_bit() throws IOException {
        Map<String, float[]> whole = train(folder.resolve("whole"), settings(2, 1, 1e-2), 0.1, -1);
        for (long stop : new long[] {1, 3, 5}) {
            Path cut = folder.resolve("cut-" + stop);
            train(cut, settings(2, 1, 1e-2), 0.1, stop);
            assertSame(train(cut, settings(2, 1, 1e-2), 0.1, -1), whole);
        }
    }

    @Test
    void a_dpo_run_does_so_too() throws IOException {
        Method method =
                new DirectPreference(new DirectPreference.Settings(DirectPreference.Loss.SIGMOID, 0.1, 0, false));
        Map<String, float[]> whole = train(folder.resolve("whole"), settings(2, 1, 1e-2), 0, -1, method);
        train(folder.resolve("cut"), settings(2, 1, 1e-2), 0, 3, method);
        assertSame(train(folder.resolve("cut"), settings(2, 1, 1e-2), 0, -1, method), whole);
    }

    @Test
    void an_unfinished_checkpoint_is_nothing_and_the_one_before_is_gone_on_from() throws IOException {
        Map<String, float[]> whole = train(folder.resolve("whole"), settings(2, 1, 1e-2), 0, -1);
        Path cut = folder.resolve("cut");
        train(cut, settings(2, 1, 1e-2), 0, 3);
        Path partial = Files.createDirectories(cut.resolve(".partial-4"));
        Files.writeString(partial.resolve(PeftAdapter.WEIGHTS), "half of it");
        assertSame(train(cut, settings(2, 1, 1e-2), 0, -1), whole);
    }

    @Test
    void a_step_in_eight_parts_is_the_step_in_one() throws IOException {
        Map<String, float[]> whole = train(folder.resolve("whole"), settings(8, 1, 1e-2), 0, 1);
        Map<String, float[]> parts = train(folder.resolve("parts"), settings(1, 8, 1e-2), 0, 1);
        whole.forEach((name, matrix) -> {
            float[] other = parts.getOrDefault(name, new float[0]);
            assertThat(other).hasSameSizeAs(matrix);
            for (int i = 0; i < matrix.length; i++) {
                assertThat(other[i]).isCloseTo(matrix[i], org.assertj.core.api.Assertions.within(2e-5f));
            }
        });
    }

    @Test
    void weights_that_diverge_end_the_run_with_the_step_and_the_checkpoints_before_stay() throws IOException {
        DivergedException diverged =
                catchThrowableOfType(DivergedException.class, () -> train(folder, settings(2, 1, 1e30), 0, -1));
        assertThat(diverged).hasMessageContaining("step " + diverged.step()).hasMessageContaining("learning rate");
        assertThat(diverged.step()).isBetween(2L, 6L);
        assertThat(Files.exists(folder.resolve("checkpoint-" + diverged.step())))
                .isFalse();
    }

    @Test
    void an_adapter_of_another_shape_is_refused_by_name() throws IOException {
        train(folder, settings(2, 1, 1e-2), 0, -1);
        List<Path> all = new Checkpoints(folder, "tiny").all();
        LoraAdapter other = decoder.adapt(LoraSettings.ofRank(8), 1);
        assertThatThrownBy(() -> PeftAdapter.load(all.getLast(), other))
                .isInstanceOf(MalformedFileException.class)
                .hasMessageContaining("lora_A.weight")
                .hasMessageContaining("[8, 32]");
    }
}
