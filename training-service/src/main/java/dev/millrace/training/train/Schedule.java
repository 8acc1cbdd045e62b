package dev.millrace.training.train;

/**
 * How the learning rate goes: up in a line over the warm-up, then along a shape. As transformers has it: the first step of a
 * warm-up has the rate 0.
 *
 * @param shape after the warm-up
 * @param warmupSteps over which the rate rises
 * @param totalSteps at whose end it has fallen to 0, but for the constant one
 */
public record Schedule(Shape shape, long warmupSteps, long totalSteps) {
    public enum Shape {
        CONSTANT,
        LINEAR,
        COSINE
    }

    public Schedule {
        if (warmupSteps < 0 || totalSteps < 1) {
            throw new IllegalArgumentException(
                    "warm-up must be 0 steps or more of 1 or more, was " + warmupSteps + " of " + totalSteps);
        }
    }

    /** @param step from 0; what the learning rate is multiplied with in it */
    public double factor(long step) {
        if (step < warmupSteps) {
            return (double) step / warmupSteps;
        }
        double progress = Math.min(1, (double) (step - warmupSteps) / Math.max(1, totalSteps - warmupSteps));
        return switch (shape) {
            case CONSTANT -> 1;
            case LINEAR -> 1 - progress;
            case COSINE -> 0.5 * (1 + Math.cos(Math.PI * progress));
        };
    }
}
