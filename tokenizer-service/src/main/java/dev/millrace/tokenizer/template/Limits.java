package dev.millrace.tokenizer.template;

/**
 * What one rendering may use. A template comes with a model file from a stranger, so it must end, and soon.
 *
 * @param steps      expressions and statements evaluated, loop turns included
 * @param characters characters and list items made, the output's included
 * @param depth      calls within calls (macros, recursive loops)
 */
public record Limits(long steps, long characters, int depth) {
    /** Some hundred times what the largest template in our tests uses on its longest conversation. */
    public static final Limits DEFAULT = new Limits(20_000_000, 64_000_000, 150);

    public Limits {
        if (steps < 1 || characters < 1 || depth < 1) {
            throw new IllegalArgumentException("limits must be positive: " + steps + ", " + characters + ", " + depth);
        }
    }
}
