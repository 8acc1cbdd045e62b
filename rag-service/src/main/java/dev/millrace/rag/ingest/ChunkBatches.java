package dev.millrace.rag.ingest;

import dev.millrace.rag.chunk.Chunk;
import dev.millrace.rag.embed.TextEncoder;
import dev.millrace.rag.index.IndexedDocument.IndexedChunk;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Embeds a document's chunks a batch at a time, always the same ones together: a model of 8 bits scales by the batch, and so
 * the same chunks have the same vectors whenever they are embedded.
 */
final class ChunkBatches {
    private static final int CHUNKS_AT_ONCE = 16;

    private ChunkBatches() {}

    /** Is asked before each batch. */
    interface Gate {
        /**
         * Whether there is any use in going on.
         *
         * @param embedded so far
         */
        boolean goesOn(int embedded) throws InterruptedException;
    }

    /** In the same order; empty where it was given up. */
    static Optional<List<IndexedChunk>> embedded(List<Chunk> chunks, TextEncoder encoder, Gate gate)
            throws InterruptedException {
        List<IndexedChunk> indexed = new ArrayList<>(chunks.size());
        for (int from = 0; from < chunks.size(); from += CHUNKS_AT_ONCE) {
            if (!gate.goesOn(from)) {
                return Optional.empty();
            }
            List<Chunk> some = chunks.subList(from, Math.min(chunks.size(), from + CHUNKS_AT_ONCE));
            float[][] vectors =
                    encoder.texts(some.stream().map(Chunk::forEmbedding).toList());
            for (int i = 0; i < vectors.length; i++) {
                indexed.add(indexed(some.get(i), vectors[i]));
            }
        }
        return Optional.of(indexed);
    }

    private static IndexedChunk indexed(Chunk chunk, float[] vector) {
        return new IndexedChunk(
                chunk.text(), chunk.span().start(), chunk.span().end(), chunk.pages(), chunk.heading(), vector);
    }
}
