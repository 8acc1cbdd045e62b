package dev.millrace.rag.ingest;

import dev.millrace.rag.catalogue.StoredDocument;
import dev.millrace.rag.chunk.Chunking;
import dev.millrace.rag.index.AttributeValue;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;

/** A document that is to be taken into a collection. */
public record IngestJob(
        String requestId,
        String tenant,
        String collection,
        String document,
        String filename,
        Map<String, AttributeValue> attributes,
        Chunking chunking,
        Content content,
        Instant requestedAt) {
    private static final int MAX_ATTRIBUTES = 16;
    private static final int MAX_KEY = 64;
    private static final int MAX_TEXT = 512;

    public IngestJob {
        attributes = Map.copyOf(attributes);
        // as its event has it: the two are compared
        requestedAt = requestedAt.truncatedTo(ChronoUnit.MILLIS);
        if (!document.matches("[A-Za-z0-9_-]{1,100}")) {
            throw new IllegalArgumentException(
                    "document_id must have 1 to 100 letters, digits, - and _ alone, was \"" + document + "\"");
        }
        if (filename.isBlank() || filename.length() > 1_000) {
            throw new IllegalArgumentException("filename must have 1 to 1000 characters, had " + filename.length());
        }
        if (attributes.size() > MAX_ATTRIBUTES) {
            throw new IllegalArgumentException(
                    "attributes must be at most " + MAX_ATTRIBUTES + ", were " + attributes.size());
        }
        attributes.forEach((key, value) -> {
            if (key.length() > MAX_KEY
                    || (value instanceof AttributeValue.Text(String text) && text.length() > MAX_TEXT)) {
                throw new IllegalArgumentException("an attribute has a key of at most " + MAX_KEY
                        + " characters and a text of at most " + MAX_TEXT + ", unlike \"" + key + "\"");
            }
        });
    }

    /**
     * What a document that has been taken in, or is about to be, was asked for by. Its bytes are in the file store, or, where
     * they haven't been read yet, in the folder of sent files.
     */
    static IngestJob of(String tenant, StoredDocument document) {
        return new IngestJob(
                document.requestId(),
                tenant,
                document.collection(),
                document.id(),
                document.filename(),
                document.attributes(),
                document.chunking(),
                document.contentHash().isEmpty() ? new Content.Sent() : new Content.Stored(document.contentHash()),
                document.requestedAt());
    }

    /** Where the bytes are. */
    public sealed interface Content {
        @SuppressWarnings("ArrayRecordComponent") // never compared
        record Inline(byte[] bytes) implements Content {}

        /**
         * @param hash by which the file store has them
         */
        record Stored(String hash) implements Content {}

        /** In the folder of files that users sent, under the document's id. */
        record Sent() implements Content {}
    }
}
