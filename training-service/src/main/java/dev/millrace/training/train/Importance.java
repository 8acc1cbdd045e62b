package dev.millrace.training.train;

import ai.djl.ndarray.NDArray;
import dev.millrace.training.examples.Examples;
import dev.millrace.training.model.Decoder;
import dev.millrace.training.model.Parameter;
import dev.millrace.training.model.PassSettings;
import dev.millrace.training.model.ScoredBatch;
import dev.millrace.training.model.TokenScores;
import dev.millrace.training.model.Trained;
import dev.millrace.training.torch.Scope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * How much each parameter matters for what is to be kept: the diagonal of Fisher's information, as the mean over the first
 * examples of the squared gradient of their log-likelihood.
 *
 * @see <a href="https://arxiv.org/abs/1612.00796">Overcoming catastrophic forgetting in neural networks</a>
 */
final class Importance {
    /** More change it little, and each costs a pass forth and back. */
    private static final int MOST = 64;

    private Importance() {}

    /**
     * @param recompute whether layers are computed again for their derivatives instead of kept
     * @return one for each parameter, in their order; they live as long as the decoder
     */
    static List<NDArray> of(Decoder decoder, Trained trained, Examples general, boolean recompute) {
        List<NDArray> gradients =
                trained.parameters().values().stream().map(Parameter::gradient).toList();
        List<NDArray> squares = gradients.stream()
                .map(gradient -> decoder.torch().root().zeros(gradient.getShape(), gradient.getDataType()))
                .toList();
        int count = Math.min(MOST, general.size());
        for (int i = 0; i < count; i++) {
            try (Scope scope = decoder.torch().scope()) {
                ScoredBatch scored = ScoredBatch.of(
                        decoder,
                        scope,
                        general.get(i).sequences(),
                        Optional.of(trained),
                        new PassSettings(true, i, 0, recompute));
                List<double[]> ones = new ArrayList<>();
                for (TokenScores scores : scored.scores()) {
                    double[] each = new double[scores.logps().length];
                    Arrays.fill(each, 1);
                    ones.add(each);
                }
                scored.backward(ones);
                scope.call("add_squares_", squares, gradients, 1.0 / count);
                scope.call("clear_", gradients);
            }
        }
        return squares;
    }
}
