package dev.millrace.inference.engine;

/**
 * How many drafts of an answer are worth their rows. It goes by what became of earlier ones, and keeps an account in rows: a
 * draft costs one, one that comes true earns what a step that isn't needed is worth, and each token of the answer a little.
 * So where nothing repeats, few rows are spent in vain, and where much does, drafts grow as they come true.
 */
final class DraftBudget {
    static final int MOST = 7;

    /** What one that comes true earns: a step of one row costs nine times what each further one adds, up to eight. */
    private static final float GAIN = 5;

    private static final float INCOME = 0.015f;
    private static final float START = 4;
    private static final float HIGHEST = 16;
    private static final float LEARNING = 0.125f;

    // by the matched tokens' number less the shortest: how often the next draft comes true, as far as is known
    private final float[] likelihood = {0.4f, 0.55f, 0.7f};

    private float rows = START;
    private int tokens;

    /** @param promptTokens after which the answer begins */
    DraftBudget(int promptTokens) {
        this.tokens = promptTokens;
    }

    /** Notes how many tokens there are by now. */
    void grown(int length) {
        rows = Math.min(HIGHEST, rows + INCOME * (length - tokens));
        tokens = length;
    }

    /** Whether there is anything to spend. */
    boolean spent() {
        return rows < 1;
    }

    /** How many drafts to try where this many of the last tokens stood together before. */
    int drafts(int matched) {
        // the last rows are kept for better chances
        if (rows < 1 + NgramIndex.LONGEST - matched) {
            return 0;
        }
        float next = likelihood[matched - NgramIndex.SHORTEST];
        int worth = 0;
        for (float reach = next; worth < MOST && reach * GAIN >= 1; reach *= next) {
            worth++;
        }
        // one at least, to learn whether more would pay by now
        return Math.clamp(worth, 1, (int) rows);
    }

    void settle(int matched, int drafts, int accepted) {
        rows = Math.min(HIGHEST, rows - drafts + GAIN * accepted);
        int i = matched - NgramIndex.SHORTEST;
        for (int d = 0; d < accepted; d++) {
            likelihood[i] += LEARNING * (1 - likelihood[i]);
        }
        if (accepted < drafts) {
            likelihood[i] -= LEARNING * likelihood[i];
        }
    }
}
