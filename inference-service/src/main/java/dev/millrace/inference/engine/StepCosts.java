package dev.millrace.inference.engine;

/**
 * How much longer a step takes for a few more rows. Where weights come from memory a row more costs little, where
 * arithmetic decides it costs as much as any: so it is learnt from the steps themselves. Knows nothing of what is computed,
 * which never depends on it.
 */
final class StepCosts {
    static final int MOST_ROWS = 8;

    /** What a row adds to a step of one as long as nothing is known. */
    private static final float GUESS = 0.2f;

    /** Of the latest measurement in the running means. */
    private static final float WEIGHT = 0.15f;

    /** The same where a number of rows would have to be right for it: enough to follow texts as they grow. */
    private static final float WEIGHT_OF_MANY = 0.01f;

    /** What is no longer tried is forgotten in a thousand steps: it may have been a disturbance. */
    private static final float FORGETTING = 0.001f;

    // [rows]: how long a step takes, by one of a single row
    private final float[] relative = new float[MOST_ROWS + 1];
    private final float[] guesses;
    private final boolean learns;
    private double rowNanos;

    private StepCosts(float guess, boolean learns) {
        for (int rows = 1; rows <= MOST_ROWS; rows++) {
            relative[rows] = 1 + (rows - 1) * guess;
        }
        this.guesses = relative.clone();
        this.learns = learns;
    }

    /** Learns from what steps take. */
    static StepCosts measured() {
        return new StepCosts(GUESS, true);
    }

    /** Takes each further row for a ninth of a step, whatever it takes. */
    static StepCosts fixed() {
        return new StepCosts(1f / 9, false);
    }

    /** How long a step of {@code rows} takes with some more, by what it takes without; both make {@link #MOST_ROWS} at most. */
    float with(int rows, int more) {
        return relative[rows + more] / relative[rows];
    }

    /** Notes how long a step without prompts took. */
    void took(int rows, long nanos) {
        if (!learns || rows < 1 || rows > MOST_ROWS) {
            return;
        }
        if (rowNanos == 0) {
            rowNanos = nanos / relative[rows];
        }
        // another process may have had the core for a while
        float now = (float) Math.clamp(nanos / rowNanos, relative[rows] / 2, relative[rows] * 2);
        rowNanos += (rows == 1 ? WEIGHT : WEIGHT_OF_MANY) * rowNanos * (now / relative[rows] - 1);
        for (int r = 2; r <= MOST_ROWS; r++) {
            relative[r] += r == rows ? WEIGHT * (now - relative[r]) : FORGETTING * (guesses[r] - relative[r]);
        }
    }
}
