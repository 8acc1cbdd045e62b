package dev.millrace.rag.chunk;

/**
 * How long chunks are, and how much of it each shares with the one before; bounds as in OpenAI's API.
 */
public record Chunking(int maxTokens, int overlapTokens) {
    public static final Chunking AUTO = new Chunking(800, 400);

    public Chunking {
        if (maxTokens < 100 || maxTokens > 4096) {
            throw new IllegalArgumentException("max_tokens of a chunk must be 100 to 4096, was " + maxTokens);
        }
        if (overlapTokens < 0 || overlapTokens > maxTokens / 2) {
            throw new IllegalArgumentException(
                    "overlap_tokens must be 0 to half of max_tokens (" + maxTokens / 2 + "), was " + overlapTokens);
        }
    }
}
