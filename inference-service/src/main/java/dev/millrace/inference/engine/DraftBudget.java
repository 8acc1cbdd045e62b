package dev.millrace.inference.engine;

/**
 * How many drafts of an answer are worth what they take: as many as promise the most tokens for the time, of all sequences
 * together, by what became of earlier ones and by what rows cost. It keeps an account in tokens: what a step takes longer
 * for drafts costs what would have come in that time, a draft that comes true earns one, and each token of the answer a
 * little. So where nothing repeats, little time is spent in vain, and none where rows cost more than they could earn.
 */
final class DraftBudget {
    static final int MOST = 7;

    private static final float INCOME = 0.02f;
    private static final float START = 1;
    private static final float HIGHEST = 4;
    private static final float LEARNING = 0.125f;

    /** What drafts that all come true must gain, or none is tried to learn whether they do. */
    private static final float WORTHWHILE = 1.05f;

    private final StepCosts costs;
    // by the matched tokens' number less the shortest: how often the next draft comes true, as far as is known
    private final float[] likelihood = {0.4f, 0.55f, 0.7f};

    private float account = START;
    private int tokens;

    /** @param promptTokens after which the answer begins */
    DraftBudget(int promptTokens, StepCosts costs) {
        this.tokens = promptTokens;
        this.costs = costs;
    }

    /** Notes how many tokens there are by now. */
    void grown(int length) {
        account = Math.min(HIGHEST, account + INCOME * (length - tokens));
        tokens = length;
    }

    /** Whether there is enough to spend for one draft beside {@code rows} rows, and anything to gain. */
    boolean affords(int rows) {
        return price(rows, 1) <= account && rows + 1 > WORTHWHILE * rows * costs.with(rows, 1);
    }

    /**
     * How many drafts to try.
     *
     * @param matched how many of the last tokens stood together before
     * @param rows of the step without them; with {@code most} more at most {@link StepCosts#MOST_ROWS}
     */
    int drafts(int matched, int rows, int most) {
        float next = likelihood[matched - NgramIndex.SHORTEST];
        int best = 0;
        float reach = 1;
        float expected = rows;
        float highest = rows;
        for (int d = 1; d <= Math.min(most, MOST) && price(rows, d) <= account; d++) {
            reach *= next;
            expected += reach;
            float rate = expected / costs.with(rows, d);
            if (rate > highest) {
                highest = rate;
                best = d;
            }
        }
        // one all the same, to learn whether they would pay by now; the last of the account is kept for better chances
        boolean learns = best == 0 && most > 0 && price(rows, 1) * (1 + NgramIndex.LONGEST - matched) <= account;
        return learns ? 1 : best;
    }

    void settle(int matched, int rows, int drafts, int accepted) {
        account = Math.min(HIGHEST, account - price(rows, drafts) + accepted);
        int i = matched - NgramIndex.SHORTEST;
        for (int d = 0; d < accepted; d++) {
            likelihood[i] += LEARNING * (1 - likelihood[i]);
        }
        if (accepted < drafts) {
            likelihood[i] -= LEARNING * likelihood[i];
        }
    }

    /** What would have come in the time that drafts take, in tokens of all sequences. */
    private float price(int rows, int drafts) {
        return rows * (costs.with(rows, drafts) - 1);
    }
}
