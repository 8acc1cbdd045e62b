package dev.millrace.training.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import dev.millrace.training.examples.Examples;
import dev.millrace.training.method.SupervisedFineTuning;
import dev.millrace.training.model.Arrays64;
import dev.millrace.training.model.Decoder;
import dev.millrace.training.model.Frozen;
import dev.millrace.training.model.LoraAdapter;
import dev.millrace.training.model.LoraSettings;
import dev.millrace.training.model.Parameter;
import dev.millrace.training.model.PassSettings;
import dev.millrace.training.model.ScoredBatch;
import dev.millrace.training.model.WholeModel;
import dev.millrace.training.torch.Scope;
import dev.millrace.training.train.TrainingSettings.Anchor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What holds weights to their start, against its formulas. */
class RegularizerTest {
    private static final Golden GOLDEN = Golden.of("llama");
    private static final double STRENGTH = 0.3;

    @TempDir
    Path folder;

    private static double penalty(Decoder decoder, Regularizer regularizer) {
        try (Scope scope = decoder.torch().scope()) {
            return regularizer.add(scope);
        }
    }

    @Test
    void an_adapter_s_product_is_its_distance_from_the_start() throws IOException {
        try (Decoder decoder = Decoder.load(GOLDEN.model(), 1)) {
            LoraSettings settings = new LoraSettings(4, 8, false, 0, Set.of("k_proj"));
            LoraAdapter adapter = decoder.adapt(settings, 1);
            Regularizer regularizer = new SmallProduct(STRENGTH, adapter);
            assertThat(penalty(decoder, regularizer)).isZero();
            String module = "model.layers.1.self_attn.k_proj";
            Parameter a = adapter.parameter(LoraAdapter.nameOfA(module)).orElseThrow();
            Parameter b = adapter.parameter(LoraAdapter.nameOfB(module)).orElseThrow();
            int outputs = (int) b.value().getShape().get(0);
            float[] up = new float[outputs * 4];
            for (int i = 0; i < up.length; i++) {
                up[i] = 0.1f * (i % 7) - 0.2f;
            }
            adapter.set(LoraAdapter.nameOfB(module), up);
            assertThat(penalty(decoder, regularizer))
                    .isCloseTo(STRENGTH / 2 * squares(Arrays64.floats(a.value()), up, settings.scale()), within(1e-5));
            for (Parameter parameter : List.of(a, b)) {
                float[] before = Arrays64.floats(parameter.value());
                try (Scope scope = decoder.torch().scope()) {
                    scope.call("clear_", List.of(parameter.gradient()));
                }
                penalty(decoder, regularizer);
                double gradient = Arrays64.floats(parameter.gradient())[5];
                double difference = 0;
                for (float step : new float[] {0.25f, -0.25f}) {
                    float[] moved = before.clone();
                    moved[5] += step;
                    Arrays64.copy(moved, parameter.value());
                    difference += penalty(decoder, regularizer) / (2 * step);
                }
                Arrays64.copy(before, parameter.value());
                // it is a square: the difference of any step is its derivative
                assertThat(gradient).isCloseTo(difference, within(1e-4 * Math.max(0.1, Math.abs(difference))));
            }
        }
    }

    private static double squares(float[] down, float[] up, double scale) {
        int inputs = down.length / 4;
        double squares = 0;
        for (int output = 0; output < up.length / 4; output++) {
            for (int input = 0; input < inputs; input++) {
                double sum = 0;
                for (int r = 0; r < 4; r++) {
                    sum += up[output * 4 + r] * down[r * inputs + input];
                }
                squares += scale * sum * scale * sum;
            }
        }
        return squares;
    }

    @Test
    void what_matters_is_the_mean_of_squared_gradients() throws IOException {
        Examples two =
                Examples.of(List.of(GOLDEN.examples().get(0), GOLDEN.examples().get(1)));
        try (Decoder decoder = Decoder.load(GOLDEN.model(), 1)) {
            WholeModel whole = decoder.whole();
            List<Parameter> parameters = List.copyOf(whole.parameters().values());
            List<NDArray> importance = Importance.of(decoder, whole, two, false);
            double expected = 0;
            for (int i = 0; i < 2; i++) {
                try (Scope scope = decoder.torch().scope()) {
                    ScoredBatch scored = ScoredBatch.of(
                            decoder, scope, two.get(i).sequences(), Optional.of(whole), PassSettings.learn(1));
                    double[] ones = new double[two.get(i).scoredTokens()];
                    Arrays.fill(ones, 1);
                    scored.backward(List.of(ones));
                    double gradient = Arrays64.floats(parameters.getLast().gradient())[3];
                    expected += gradient * gradient / 2;
                    scope.call(
                            "clear_",
                            parameters.stream().map(Parameter::gradient).toList());
                }
            }
            assertThat((double) Arrays64.floats(importance.getLast())[3])
                    .isPositive()
                    .isCloseTo(expected, within(1e-5 * expected));
        }
    }

    @Test
    void a_run_that_is_held_stays_nearer_and_resumes_bit_by_bit() throws IOException {
        float[] start;
        try (Decoder decoder = Decoder.load(GOLDEN.model(), 1)) {
            start = values(decoder.whole());
        }
        float[] free = train(folder.resolve("free"), Anchor.NONE, -1);
        double far = distance(free, start);
        for (Anchor anchor : List.of(new Anchor(40, 0), new Anchor(0, 4))) {
            Path held = folder.resolve("held-" + anchor.elastic());
            float[] near = train(held, anchor, -1);
            assertThat(distance(near, start)).as(anchor.toString()).isLessThan(0.9 * far);
            Path cut = folder.resolve("cut-" + anchor.elastic());
            train(cut, anchor, 3);
            assertThat(train(cut, anchor, -1)).isEqualTo(near);
        }
    }

    private static double distance(float[] some, float[] others) {
        double squares = 0;
        for (int i = 0; i < some.length; i++) {
            squares += Math.pow(some[i] - others[i], 2);
        }
        return Math.sqrt(squares);
    }

    private static float[] values(WholeModel whole) {
        List<Float> all = new ArrayList<>();
        whole.parameters().values().forEach(parameter -> {
            for (float value : Arrays64.floats(parameter.value())) {
                all.add(value);
            }
        });
        float[] values = new float[all.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = all.get(i);
        }
        return values;
    }

    private static float[] train(Path folder, Anchor anchor, long stopAfter) throws IOException {
        try (Decoder decoder = Decoder.load(GOLDEN.model(), 1)) {
            WholeModel whole = decoder.whole();
            TrainingSettings settings = new TrainingSettings(
                    3,
                    OptionalLong.of(8),
                    4,
                    1,
                    3e-3,
                    Schedule.Shape.CONSTANT,
                    0,
                    0,
                    100,
                    7,
                    false,
                    100,
                    new TrainingSettings.Options(TrainingSettings.Rule.SGD, 0, 0, 0, false, 0, anchor),
                    Frozen.FLOAT32);
            Optimizer optimizer =
                    settings.optimizer(whole.parameters(), decoder.torch().root());
            Trainer trainer =
                    new Trainer(decoder, whole, new SupervisedFineTuning(), optimizer, settings, GOLDEN.examples());
            trainer.remember(GOLDEN.examples());
            trainer.run(new Checkpoints(folder, "tiny"), report -> {
                assertThat(report.metrics().containsKey("regularization")).isEqualTo(!anchor.equals(Anchor.NONE));
                return report.step() != stopAfter;
            });
            return values(whole);
        }
    }
}
