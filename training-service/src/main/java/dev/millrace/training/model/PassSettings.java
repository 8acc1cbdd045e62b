package dev.millrace.training.model;

/**
 * How sequences go through the model.
 *
 * @param training whether a backward pass is to come; dropout and noise are for training alone
 * @param seed what dropout and noise draw from
 * @param noise of the embeddings (NEFTune's alpha), 0 for none
 * @param recompute whether a layer keeps its input alone and is computed again for its derivatives: slower, and for long
 *     batches a fraction of the memory
 * @see <a href="https://arxiv.org/abs/2310.05914">NEFTune</a>
 * @see <a href="https://arxiv.org/abs/1604.06174">Training deep nets with sublinear memory cost</a>
 */
public record PassSettings(boolean training, long seed, double noise, boolean recompute) {
    /** Nothing is to be learnt. */
    public static final PassSettings LOOK = new PassSettings(false, 0, 0, false);

    /** Learning, with no noise but the adapter's dropout. */
    public static PassSettings learn(long seed) {
        return new PassSettings(true, seed, 0, false);
    }

    public PassSettings {
        if (!(noise >= 0 && noise < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("noise must be 0 or more, was " + noise);
        }
    }
}
