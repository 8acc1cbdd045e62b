package dev.millrace.inference.engine;

/**
 * An engine at the end of its latest step; counters since its start.
 *
 * @param running sequences that hold blocks
 * @param waiting sequences that don't
 * @param blocksUsed referred to by a running sequence
 * @param blocksCached free, but still holding a prefix
 * @param preemptions how often a sequence gave its blocks back for another
 * @param promptTokens of prompts that were computed or found to their ends
 * @param cachedTokens of those, found
 * @param drafts how often a sequence had drafts in a step
 * @param draftedTokens of all of them
 * @param acceptedTokens of those, the ones that came true
 * @param soughtTokens looked for in the cache, preempted sequences' too
 * @param hitTokens of those, found
 * @param finished requests that ended well
 */
public record EngineStats(
        int running,
        int waiting,
        int blocksTotal,
        int blocksUsed,
        int blocksCached,
        long preemptions,
        long steps,
        long promptTokens,
        long cachedTokens,
        long generatedTokens,
        long drafts,
        long draftedTokens,
        long acceptedTokens,
        long soughtTokens,
        long hitTokens,
        long finished,
        long cancelled,
        long failed) {}
