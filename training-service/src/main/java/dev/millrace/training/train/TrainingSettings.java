package dev.millrace.training.train;

import ai.djl.ndarray.NDManager;
import dev.millrace.training.model.Frozen;
import dev.millrace.training.model.Parameter;
import java.util.Map;
import java.util.OptionalLong;

/**
 * How a run goes.
 *
 * @param epochs times that each example is seen
 * @param maxSteps ends the run before its epochs do
 * @param batchSize examples that go through the model together
 * @param accumulation such batches to a step of the optimizer
 * @param learningRate the highest of the schedule
 * @param shape of the schedule
 * @param warmupSteps of the schedule
 * @param weightDecay of the optimizer
 * @param clipNorm the highest norm of all gradients; infinite for none
 * @param seed of the order, of the adapter's start and of dropout
 * @param shuffle each epoch has an order of its own; else the data's own order
 * @param checkpointEvery steps between two checkpoints; there is always one at the end
 * @param options what most runs leave as it is
 * @param frozen how the model's own matrices are kept
 */
public record TrainingSettings(
        int epochs,
        OptionalLong maxSteps,
        int batchSize,
        int accumulation,
        double learningRate,
        Schedule.Shape shape,
        long warmupSteps,
        double weightDecay,
        double clipNorm,
        long seed,
        boolean shuffle,
        long checkpointEvery,
        Options options,
        Frozen frozen) {
    /** What moves the parameters. */
    public enum Rule {
        ADAMW,
        LAMB,
        SGD
    }

    /**
     * @param momentum of SGD; 0 for none
     * @param clipValue the highest that an element of a gradient may be, before the norm is clipped; 0 for none
     * @param noise of the embeddings, NEFTune's alpha; 0 for none
     * @param recompute whether layers are computed again for their derivatives instead of kept
     * @param patience looks at held-out examples without a lower loss, after which the run ends; 0 for none
     * @param anchor against forgetting
     */
    public record Options(
            Rule rule,
            double momentum,
            double clipValue,
            double noise,
            boolean recompute,
            int patience,
            Anchor anchor) {
        /** AdamW, and nothing of the rest. */
        public static final Options USUAL = new Options(Rule.ADAMW, 0, 0, 0, false, 0);

        /** Without an anchor. */
        public Options(Rule rule, double momentum, double clipValue, double noise, boolean recompute, int patience) {
            this(rule, momentum, clipValue, noise, recompute, patience, Anchor.NONE);
        }

        public Options {
            // of a job that was taken in before there was one
            anchor = anchor == null ? Anchor.NONE : anchor;
            require(momentum >= 0 && momentum < 1, "momentum must be 0 or more and below 1", momentum);
            require(momentum == 0 || rule == Rule.SGD, "momentum goes with SGD alone, the rule", rule);
            require(
                    clipValue >= 0 && clipValue < Double.POSITIVE_INFINITY,
                    "the value to clip at must be 0 or more",
                    clipValue);
            require(noise >= 0 && noise < Double.POSITIVE_INFINITY, "the embeddings' noise must be 0 or more", noise);
            require(patience >= 0, "the patience of early stopping must be 0 or more", patience);
        }
    }

    /**
     * What holds weights near those that the model had.
     *
     * @param distance strength of L2-SP: all of them alike; 0 for none
     * @param elastic strength of elastic weight consolidation: each as much as it matters; 0 for none
     */
    public record Anchor(double distance, double elastic) {
        public static final Anchor NONE = new Anchor(0, 0);

        public Anchor {
            require(distance >= 0 && distance < Double.POSITIVE_INFINITY, "l2_sp must be 0 or more", distance);
            require(elastic >= 0 && elastic < Double.POSITIVE_INFINITY, "ewc must be 0 or more", elastic);
        }
    }

    public TrainingSettings {
        // of a job that was taken in before there were these
        options = options == null ? Options.USUAL : options;
        frozen = frozen == null ? Frozen.FLOAT32 : frozen;
        require(epochs >= 1, "epochs must be 1 or more", epochs);
        require(maxSteps.isEmpty() || maxSteps.getAsLong() >= 1, "max steps must be 1 or more", maxSteps);
        require(batchSize >= 1, "batch size must be 1 or more", batchSize);
        require(accumulation >= 1, "accumulation must be 1 or more", accumulation);
        require(
                learningRate > 0 && learningRate < Double.POSITIVE_INFINITY,
                "learning rate must be above 0",
                learningRate);
        require(warmupSteps >= 0, "warm-up steps must be 0 or more", warmupSteps);
        require(weightDecay >= 0, "weight decay must be 0 or more", weightDecay);
        require(clipNorm > 0, "the norm to clip at must be above 0", clipNorm);
        require(checkpointEvery >= 1, "steps between checkpoints must be 1 or more", checkpointEvery);
    }

    private static void require(boolean holds, String what, Object was) {
        if (!holds) {
            throw new IllegalArgumentException(what + ", was " + was);
        }
    }

    /** Moves those parameters as the options say. */
    public Optimizer optimizer(Map<String, Parameter> parameters, NDManager manager) {
        AdamW.Settings adam = new AdamW.Settings(0.9, 0.999, 1e-8, weightDecay);
        return switch (options.rule) {
            case ADAMW -> new AdamW(adam, parameters, manager);
            case LAMB -> new Lamb(adam, parameters, manager);
            case SGD -> new MomentumDescent(options.momentum, weightDecay, parameters, manager);
        };
    }

    /** Examples of a step of the optimizer. */
    public int examplesPerStep() {
        return Math.multiplyExact(batchSize, accumulation);
    }

    /** Steps of one epoch; its last may have fewer examples. */
    public long stepsPerEpoch(int examples) {
        return (examples + examplesPerStep() - 1L) / examplesPerStep();
    }

    /** Steps of the whole run. */
    public long totalSteps(int examples) {
        long all = Math.multiplyExact(stepsPerEpoch(examples), (long) epochs);
        return maxSteps.isPresent() ? Math.min(all, maxSteps.getAsLong()) : all;
    }
}
