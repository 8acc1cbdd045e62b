package dev.millrace.training.train;

/**
 * Ends a run that learns nothing more that holds for examples it hasn't seen: after so many looks at them without a lower
 * loss than the best.
 *
 * @see <a href="https://huggingface.co/docs/transformers/main_classes/callback#transformers.EarlyStoppingCallback">the same
 *     in transformers</a>
 */
final class Patience {
    private final int looks;
    private double best;
    private int since;

    /**
     * @param looks without a lower loss, after which it is over; 0 for never
     * @param best loss so far
     * @param since how many looks
     */
    Patience(int looks, double best, int since) {
        this.looks = looks;
        this.best = best;
        this.since = since;
    }

    /** Hears what a look saw. */
    void saw(double loss) {
        if (loss < best) {
            best = loss;
            since = 0;
        } else {
            since++;
        }
    }

    boolean isOver() {
        return looks > 0 && since >= looks;
    }

    double best() {
        return best;
    }

    int since() {
        return since;
    }
}
