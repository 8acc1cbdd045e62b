package dev.millrace.training.train;

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
        long checkpointEvery) {
    public TrainingSettings {
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
