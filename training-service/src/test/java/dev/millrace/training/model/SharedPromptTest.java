package dev.millrace.training.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.types.DataType;
import dev.millrace.training.adapter.PeftAdapter;
import dev.millrace.training.examples.Sequence;
import dev.millrace.training.torch.Scope;
import dev.millrace.training.train.Golden;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sequences that begin alike go through the model once as far as they do, and it changes nothing. */
class SharedPromptTest {
    private static final int[] PROMPT = {5, 9, 4, 30, 7, 12, 3, 3, 18};

    private static int[] answered(int... answer) {
        int[] ids = Arrays.copyOf(PROMPT, PROMPT.length + answer.length);
        System.arraycopy(answer, 0, ids, PROMPT.length, answer.length);
        return ids;
    }

    private static List<Sequence> sequences() {
        int from = PROMPT.length;
        return List.of(
                Sequence.completion(answered(8, 2, 6), from),
                Sequence.completion(answered(8, 2, 6), from),
                Sequence.completion(answered(11, 21, 2, 5, 4), from),
                Sequence.completion(answered(11, 21), from),
                Sequence.plain(new int[] {6, 9, 4}));
    }

    @Test
    void what_begins_alike_has_rows_in_common() {
        TokenBatch batch =
                TokenBatch.sharing(sequences().stream().map(Sequence::ids).toList());
        assertThat(batch.tokens()).isEqualTo(PROMPT.length + 3 + 5 + 3);
        assertThat(batch.shares()).isTrue();
        assertThat(TokenBatch.sharing(List.of(new int[20], new int[] {1, 2})).shares())
                .isFalse();
        int[] nearly = new int[40];
        Arrays.fill(nearly, 1);
        nearly[0] = 0;
        nearly[1] = 0;
        assertThat(TokenBatch.sharing(List.of(new int[40], nearly)).shares())
                .as("two of eighty tokens")
                .isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama", "qwen2", "qwen3", "gemma3"})
    void scores_and_gradients_are_those_of_each_alone(String name) throws IOException {
        Golden golden = Golden.of(name);
        try (Decoder decoder = Decoder.load(golden.model(), 1, DataType.FLOAT64)) {
            LoraAdapter adapter = decoder.adapt(LoraSettings.ofRank(4), 1);
            PeftAdapter.load(golden.adapter(), adapter);
            compare(decoder, adapter);
        }
    }

    @Test
    void also_where_all_weights_are_trained() throws IOException {
        try (Decoder decoder = Decoder.load(Golden.of("llama").model(), 1, DataType.FLOAT64)) {
            compare(decoder, decoder.whole());
        }
    }

    private static void compare(Decoder decoder, Trained trained) {
        List<List<Double>> together = new ArrayList<>();
        Map<String, double[]> sums = gradients(decoder, trained, List.of(sequences()), together);
        List<List<Double>> alone = new ArrayList<>();
        Map<String, double[]> parts =
                gradients(decoder, trained, sequences().stream().map(List::of).toList(), alone);
        for (int i = 0; i < alone.size(); i++) {
            for (int j = 0; j < alone.get(i).size(); j++) {
                assertThat(together.get(i).get(j)).isCloseTo(alone.get(i).get(j), within(1e-10));
            }
        }
        parts.forEach((name, values) -> assertThat(sums.get(name)).as(name).containsExactly(values, within(1e-10)));
        assertThat(parts.values().stream().flatMapToDouble(Arrays::stream).map(Math::abs))
                .anyMatch(value -> value > 1e-3);
    }

    /** Of batches one after the other. */
    private static Map<String, double[]> gradients(
            Decoder decoder, Trained trained, List<List<Sequence>> batches, List<List<Double>> logps) {
        trained.parameters().values().forEach(parameter -> parameter.gradient().muli(0));
        for (List<Sequence> batch : batches) {
            try (Scope scope = decoder.torch().scope()) {
                ScoredBatch scored = ScoredBatch.of(decoder, scope, batch, Optional.of(trained), PassSettings.learn(1));
                List<double[]> coefficients = new ArrayList<>();
                for (TokenScores scores : scored.scores()) {
                    logps.add(Arrays.stream(scores.logps()).boxed().toList());
                    double[] own = new double[scores.logps().length];
                    Arrays.setAll(own, i -> 0.3 - 0.2 * i);
                    coefficients.add(own);
                }
                scored.backward(coefficients);
            }
        }
        Map<String, double[]> gradients = new LinkedHashMap<>();
        trained.parameters()
                .forEach((name, parameter) ->
                        gradients.put(name, parameter.gradient().toDoubleArray()));
        return gradients;
    }
}
