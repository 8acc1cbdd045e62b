package dev.millrace.training.train;

import dev.millrace.kernels.weights.Tensor;
import dev.millrace.training.model.ModelConfig;
import dev.millrace.training.model.ModelFile;
import java.util.Locale;

/**
 * What a run of all weights takes in memory: an estimate in bytes.
 *
 * @param weights as float32
 * @param gradients one for each weight
 * @param optimizer what it remembers: two numbers a weight, SGD one; and starts that weights are held to
 * @param work what a batch leaves behind for its derivatives, and the logits of some rows
 */
public record MemoryNeed(long weights, long gradients, long optimizer, long work) {
    /** Logits, what they become, and what torch holds on to beside. */
    private static final long AROUND = 512L << 20;

    /** @param batchTokens of the largest batch */
    public static MemoryNeed of(ModelFile file, TrainingSettings settings, long batchTokens) {
        long elements = file.weights().tensors().values().stream()
                .mapToLong(Tensor::elements)
                .sum();
        int moments = settings.options().rule() == TrainingSettings.Rule.SGD ? 1 : 2;
        // a start for each, and how much each matters
        int starts = (settings.options().anchor().distance() > 0 ? 1 : 0)
                + (settings.options().anchor().elastic() > 0 ? 2 : 0);
        ModelConfig config = file.config();
        long heads = (long) config.heads() * config.headSize();
        long keys = 2L * config.kvHeads() * config.headSize();
        long layer = 5L * config.width() + 3 * heads + keys + 2L * config.ffnWidth();
        int layers = config.layers().size();
        // a layer that is computed again leaves its input; one of them at a time has the rest
        long kept = settings.options().recompute() ? (long) layers * config.width() + 2 * layer : (layers + 1) * layer;
        return new MemoryNeed(
                4 * elements, 4 * elements, 4L * (moments + starts) * elements, 4 * kept * batchTokens + AROUND);
    }

    public long all() {
        return weights + gradients + optimizer + work;
    }

    /**
     * Refuses what won't fit, before anything is loaded.
     *
     * @param available bytes that the machine could still give
     * @throws IllegalArgumentException with both, and what would help
     */
    public void require(long available) {
        if (all() > available) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "all weights need about %.1f GB (%.1f weights, %.1f gradients, %.1f the optimizer, %.1f a batch), and"
                            + " %.1f GB are free: train an adapter, or give a smaller batch_size or max_tokens,"
                            + " gradient_checkpointing, or the optimizer sgd",
                    all() / 1e9,
                    weights / 1e9,
                    gradients / 1e9,
                    optimizer / 1e9,
                    work / 1e9,
                    available / 1e9));
        }
    }
}
