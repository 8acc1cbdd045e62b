package dev.millrace.rag.catalogue;

import dev.millrace.rag.chunk.Chunking;
import dev.millrace.rag.index.AttributeValue;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * A document as it was requested, and what became of it.
 *
 * @param contentHash SHA-256 of its bytes, in hex; empty while they haven't been read from the folder of sent files
 * @param requestId   of the request that made it what it is
 */
public record StoredDocument(
        String collection,
        String id,
        String filename,
        Map<String, AttributeValue> attributes,
        Chunking chunking,
        String contentHash,
        long bytes,
        String requestId,
        Instant requestedAt,
        Instant createdAt,
        State state) {
    public StoredDocument {
        attributes = Map.copyOf(attributes);
    }

    /** What became of it. */
    public sealed interface State {
        record InProgress() implements State {}

        /**
         * @param unreadable why its bytes could not be read again for another embedding model: its chunks are of the text
         *                   that it had; empty as a rule
         */
        record Completed(int chunks, Optional<Failed> unreadable) implements State {}

        /** Given up before it was taken in. */
        record Cancelled() implements State {}

        /**
         * @param code   one word for programs
         * @param reason a sentence for people
         */
        record Failed(String code, String reason) implements State {}
    }
}
