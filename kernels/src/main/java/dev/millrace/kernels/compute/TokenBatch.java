package dev.millrace.kernels.compute;

/**
 * Where the tokens of one step stand: which sequence each belongs to, its position there, and which blocks hold the
 * sequence's keys and values. Arrays may be longer than what is used, so that a step need not allocate.
 *
 * @param tokens how many tokens the step computes
 * @param sequence [tokens] the row of {@code blockTables} that each token belongs to
 * @param position [tokens] absolute position of each token in its sequence, from 0; tokens of one sequence stand
 *     together and in order
 * @param blockTables [sequences][blocks] block ids; position p lies in {@code blockTables[s][p / blockTokens]}
 */
@SuppressWarnings(
        "ArrayRecordComponent") // rewritten in place by the engine from step to step: no copies in the hot loop
public record TokenBatch(int tokens, int[] sequence, int[] position, int[][] blockTables) {}
