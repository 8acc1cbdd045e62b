package dev.millrace.training.train;

/** The loss, or its gradient, is no number any more: the run can't go on. */
public final class DivergedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final long step;

    DivergedException(long step, String what, double value) {
        super(what + " became " + value + " in step " + step
                + ": the weights diverge; a lower learning rate or a longer warm-up may help");
        this.step = step;
    }

    /** From 1. */
    public long step() {
        return step;
    }
}
