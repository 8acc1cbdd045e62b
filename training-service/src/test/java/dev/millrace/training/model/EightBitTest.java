package dev.millrace.training.model;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import dev.millrace.training.torch.Scope;
import dev.millrace.training.train.Golden;
import java.io.IOException;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Products in 8 bits stay near those in float32, both ways. */
class EightBitTest {
    private static final String GATE = "model.layers.0.mlp.gate_proj.weight";
    private static final int TOKENS = 37;

    @Test
    void products_in_eight_bits_are_near_those_in_float32() throws IOException {
        try (ModelFile file = ModelFile.open(Golden.of("llama").model());
                FrozenWeights frozen = new FrozenWeights(file, Frozen.Q8, 2);
                Decoder decoder = Decoder.load(Golden.of("llama").model(), 1);
                Scope scope = decoder.torch().scope()) {
            // [96, 32]
            FileRows rows = new FileRows(file.require("model.embed_tokens.weight"), 0);
            Weight eight = frozen.table(rows).orElseThrow();
            Weight whole = new Opened(rows, room(rows));
            NDArray x = random(scope, TOKENS, 32);
            NDArray dy = random(scope, TOKENS, 96);
            assertNear(eight.forward(scope, x), whole.forward(scope, x));
            assertNear(eight.back(scope, dy), whole.back(scope, dy));
            NDArray sum = random(scope, TOKENS, 32);
            NDArray expected = sum.add(whole.back(scope, dy));
            eight.addBack(scope, sum, dy);
            assertNear(sum, expected);
            long[] which = {95, 0, 7};
            assertNear(eight.rows(scope, which), whole.rows(scope, which));
            assertThat(eight).isInstanceOf(EightBit.class);
            assertThat(frozen.matrix(new FileRows(file.require(GATE), 0)))
                    .as("48 rows are no whole blocks")
                    .isEmpty();
        }
    }

    private static Room room(FileRows rows) {
        Room room = new Room(1);
        room.reserve(rows.rows() * rows.columns());
        return room;
    }

    private static NDArray random(Scope scope, int rows, int columns) {
        SplittableRandom random = new SplittableRandom(columns);
        float[] values = new float[rows * columns];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextDouble(-1, 1);
        }
        return scope.manager().create(values, new Shape(rows, columns));
    }

    private static void assertNear(NDArray actual, NDArray expected) {
        float[] a = actual.toFloatArray();
        float[] e = expected.toFloatArray();
        assertThat(a).hasSameSizeAs(e);
        double lost = 0;
        double all = 0;
        for (int i = 0; i < a.length; i++) {
            lost += Math.pow(a[i] - e[i], 2);
            all += Math.pow(e[i], 2);
        }
        // blocks of 32 in 8 bits lose some 0.4 % on either side
        assertThat(Math.sqrt(lost / all)).isLessThan(0.01);
    }
}
