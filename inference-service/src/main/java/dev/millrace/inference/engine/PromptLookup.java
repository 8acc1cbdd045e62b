package dev.millrace.inference.engine;

/**
 * Drafts by looking up what followed before, in the prompt or the answer, where the text was as it is now.
 *
 * @see <a href="https://github.com/apoorvumang/prompt-lookup-decoding">Prompt lookup decoding</a>
 */
final class PromptLookup {
    private final NgramIndex index = new NgramIndex();
    private final DraftBudget budget;
    private int matched;
    private int rows;

    PromptLookup(int promptTokens, StepCosts costs) {
        this.budget = new DraftBudget(promptTokens, costs);
    }

    /**
     * Writes drafts to {@code ids} from {@code length} on, at most {@code most}; how many.
     *
     * @param rows of the step without them
     */
    int draft(int[] ids, int length, int rows, int most) {
        budget.grown(length);
        if (most < 1 || !budget.affords(rows)) {
            return 0;
        }
        this.rows = rows;
        matched = index.find(ids, length);
        if (matched == 0) {
            return 0;
        }
        int drafts = budget.drafts(matched, rows, most);
        for (int i = 0; i < drafts; i++) {
            // where a run overlaps itself, drafts go on from drafts
            int id = ids[index.end() + i];
            if (id < 0) {
                // an embedding stands there
                return i;
            }
            ids[length + i] = id;
        }
        return drafts;
    }

    /** Takes in what became of the latest drafts. */
    void settle(int drafts, int accepted) {
        budget.settle(matched, rows, drafts, accepted);
    }
}
