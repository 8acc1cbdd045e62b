package dev.millrace.inference.model;

import dev.millrace.kernels.compute.TokenBatch;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * The tokens that are computed together. Arrays may be longer than what is used and are rewritten from step to step.
 *
 * @param batch where each token stands
 * @param ids [batch.tokens()] token ids; ignored where an embedding stands in
 * @param embeddings rows that take the place of token embeddings
 * @param adapted rows that are computed with an adapter; apart from each other
 * @param logitsCount how many rows of logits are wanted
 * @param logitsRows [logitsCount] which tokens of the step want logits, ascending
 * @param hiddenCount how many hidden states are wanted
 * @param hiddenRows [hiddenCount] which tokens want their hidden state after the last norm, ascending
 */
@SuppressWarnings("ArrayRecordComponent") // rewritten in place from step to step: no copies in the hot loop
public record Step(
        TokenBatch batch,
        int[] ids,
        List<Embedded> embeddings,
        List<Adapted> adapted,
        int logitsCount,
        int[] logitsRows,
        int hiddenCount,
        int[] hiddenRows) {
    /**
     * A row that stands where a token's embedding would.
     *
     * @param row which token of the step
     * @param values [width] float32
     */
    public record Embedded(int row, MemorySegment values) {}

    /**
     * Rows {@code [first, first + rows)}, which one adapter computes. Whoever asks for a step holds it until the step's
     * end.
     */
    public record Adapted(Adapter adapter, int first, int rows) {}

    /** Without adapters. */
    public Step(
            TokenBatch batch,
            int[] ids,
            List<Embedded> embeddings,
            int logitsCount,
            int[] logitsRows,
            int hiddenCount,
            int[] hiddenRows) {
        this(batch, ids, embeddings, List.of(), logitsCount, logitsRows, hiddenCount, hiddenRows);
    }
}
