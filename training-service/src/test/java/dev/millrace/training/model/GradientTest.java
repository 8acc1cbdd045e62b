package dev.millrace.training.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import dev.millrace.training.adapter.PeftAdapter;
import dev.millrace.training.examples.Sequence;
import dev.millrace.training.torch.Scope;
import dev.millrace.training.train.Golden;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Gradients in float64 against finite differences. */
class GradientTest {
    private static final double STEP = 1e-5;

    private static List<Sequence> sequences(Golden golden) {
        return List.of(Sequence.completion(golden.probe(), 3), Sequence.plain(new int[] {5, 9, 4, 30, 7}));
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama", "qwen2", "qwen3", "gemma3"})
    void gradients_are_the_differences_of_the_loss(String name) throws IOException {
        Golden golden = Golden.of(name);
        try (Decoder decoder = Decoder.load(golden.model(), 1, DataType.FLOAT64)) {
            LoraAdapter adapter = decoder.adapt(LoraSettings.ofRank(4), 1);
            PeftAdapter.load(golden.adapter(), adapter);
            compare(decoder, adapter, sequences(golden));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama", "qwen2", "qwen3", "gemma3"})
    void so_are_those_of_all_weights(String name) throws IOException {
        Golden golden = Golden.of(name);
        try (Decoder decoder = Decoder.load(golden.model(), 1, DataType.FLOAT64)) {
            compare(decoder, decoder.whole(), sequences(golden));
        }
    }

    @Test
    void so_are_dora_s_while_the_lengths_count_as_constants() throws IOException {
        Golden golden = Golden.of("llama");
        LoraSettings settings = new LoraSettings(
                4, 8, false, 0, java.util.Set.copyOf(LoraSettings.ALL_TARGETS), LoraSettings.Form.DORA);
        try (Decoder decoder = Decoder.load(golden.model(), 1, DataType.FLOAT64)) {
            LoraAdapter adapter = decoder.adapt(settings, 1);
            PeftAdapter.load(golden.model().resolve("dora"), adapter);
            compare(decoder, adapter, sequences(golden));
        }
    }

    @Test
    void so_are_those_of_rewards() throws IOException {
        Golden golden = Golden.of("llama");
        try (Decoder decoder = Decoder.load(golden.model(), 1, DataType.FLOAT64)) {
            LoraAdapter adapter = decoder.adaptForRewards(LoraSettings.ofRank(4), 1);
            golden.load(adapter);
            compare(decoder, adapter, sequences(golden), new double[] {0.7, -0.4});
        }
    }

    private static void compare(Decoder decoder, Trained trained, List<Sequence> sequences) {
        compare(decoder, trained, sequences, coefficients(sequences));
    }

    private static void compare(Decoder decoder, Trained trained, List<Sequence> sequences, double[] weights) {
        try (Scope scope = decoder.torch().scope()) {
            ScoredBatch.of(decoder, scope, sequences, Optional.of(trained), PassSettings.learn(1))
                    .backward(List.of(weights));
        }
        SplittableRandom random = new SplittableRandom(3);
        for (Map.Entry<String, Parameter> parameter : trained.parameters().entrySet()) {
            NDArray value = parameter.getValue().value();
            int index = random.nextInt((int) value.size());
            double gradient = parameter.getValue().gradient().toDoubleArray()[index];
            double difference = (moved(decoder, trained, value, index, STEP, sequences, weights)
                            - moved(decoder, trained, value, index, -STEP, sequences, weights))
                    / (2 * STEP);
            assertThat(gradient)
                    .as(parameter.getKey() + "[" + index + "]")
                    .isCloseTo(difference, within(1e-6 * Math.max(1, Math.abs(difference))));
        }
    }

    private static double[] coefficients(List<Sequence> sequences) {
        double[] weights =
                new double[sequences.stream().mapToInt(Sequence::scoredTokens).sum()];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = 0.1 * (i % 5) - 0.15;
        }
        return weights;
    }

    private static double moved(
            Decoder decoder,
            Trained trained,
            NDArray parameter,
            int index,
            double by,
            List<Sequence> sequences,
            double[] weights) {
        double[] before = parameter.toDoubleArray();
        double[] after = before.clone();
        after[index] += by;
        Map<String, double[]> lengths = lengths(decoder, trained);
        set(parameter, after);
        Map<String, double[]> magnitudes = compensate(decoder, trained, lengths);
        double sum = 0;
        try (Scope scope = decoder.torch().scope()) {
            int at = 0;
            for (TokenScores scores : ScoredBatch.of(decoder, scope, sequences, Optional.of(trained), PassSettings.LOOK)
                    .scores()) {
                for (double logp : scores.logps()) {
                    sum += weights[at++] * logp;
                }
            }
        }
        magnitudes.forEach(
                (name, values) -> set(trained.parameter(name).orElseThrow().value(), values));
        set(parameter, before);
        return sum;
    }

    /** Of DoRA's rows, by module; empty for what has none. */
    private static Map<String, double[]> lengths(Decoder decoder, Trained trained) {
        Map<String, double[]> lengths = new LinkedHashMap<>();
        if (trained instanceof LoraAdapter adapter && adapter.settings().form() == LoraSettings.Form.DORA) {
            try (Scope scope = decoder.torch().scope()) {
                decoder.whole().parameters().forEach((name, parameter) -> {
                    String module = name.replaceFirst("\\.weight$", "");
                    if (adapter.magnitudes(module).isPresent()) {
                        Weight weight = new Weight.Dense(parameter.value());
                        lengths.put(
                                module, adapter.lengths(scope, module, weight).toDoubleArray());
                    }
                });
            }
        }
        return lengths;
    }

    /**
     * Changes magnitudes as lengths have changed: what is computed is then as if they had not.
     *
     * @return the magnitudes that were, by name
     */
    private static Map<String, double[]> compensate(Decoder decoder, Trained trained, Map<String, double[]> before) {
        Map<String, double[]> magnitudes = new LinkedHashMap<>();
        lengths(decoder, trained).forEach((module, now) -> {
            String name = LoraAdapter.nameOfMagnitudes(module);
            NDArray values = trained.parameter(name).orElseThrow().value();
            double[] old = values.toDoubleArray();
            double[] changed = old.clone();
            for (int i = 0; i < changed.length; i++) {
                changed[i] *= now[i] / Objects.requireNonNull(before.get(module))[i];
            }
            set(values, changed);
            magnitudes.put(name, old);
        });
        return magnitudes;
    }

    private static void set(NDArray parameter, double[] values) {
        ByteBuffer bytes = ByteBuffer.allocateDirect(8 * values.length).order(ByteOrder.nativeOrder());
        bytes.asDoubleBuffer().put(values);
        parameter.set(bytes);
    }
}
