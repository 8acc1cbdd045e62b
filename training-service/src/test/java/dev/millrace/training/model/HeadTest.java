package dev.millrace.training.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import dev.millrace.training.torch.Scope;
import dev.millrace.training.train.Golden;
import java.io.IOException;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Scores by parts of the vocabulary are those of the whole. */
class HeadTest {
    private static final int ROWS = 23;

    @Test
    void scores_by_parts_of_the_vocabulary_are_those_of_the_whole() throws IOException {
        try (Decoder decoder = Decoder.load(Golden.of("llama").model(), 1);
                Scope scope = decoder.torch().scope()) {
            int tokens = 96;
            int width = 32;
            Weight weight = new Weight.Dense(random(scope, 1, tokens, width));
            NDArray x = random(scope, 3, ROWS, width);
            Head one = new Head("head", weight, tokens, scope.inner());
            Head several = new Head("head", weight, 7, scope.inner());
            assertThat(several.logits(scope, x).toDoubleArray())
                    .containsExactly(one.logits(scope, x).toDoubleArray(), within(1e-12));
            long[] labels = one.logits(scope, x).argMax(1).toLongArray();
            for (int i = 0; i < ROWS; i += 2) {
                labels[i] = (labels[i] + 1) % tokens;
            }
            NDList whole = one.scores(scope, x, labels, true, false);
            NDList parts = several.scores(scope, x, labels, true, false);
            for (int i : new int[] {0, 1, 3}) {
                assertThat(parts.get(i).toDoubleArray())
                        .containsExactly(whole.get(i).toDoubleArray(), within(1e-12));
            }
            assertThat(parts.get(2).toBooleanArray()).isEqualTo(whole.get(2).toBooleanArray());
            assertThat(parts.get(2).toBooleanArray()).contains(true, false);
        }
    }

    private static NDArray random(Scope scope, double reach, int rows, int columns) {
        double[] values = new SplittableRandom(rows)
                .doubles((long) rows * columns, -reach, reach)
                .toArray();
        return scope.manager().create(values, new ai.djl.ndarray.types.Shape(rows, columns));
    }
}
