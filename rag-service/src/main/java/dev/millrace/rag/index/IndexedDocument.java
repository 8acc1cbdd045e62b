package dev.millrace.rag.index;

import dev.millrace.rag.text.Pages;
import java.util.List;
import java.util.Map;

/**
 * A document as the index takes it.
 *
 * @param fingerprint of its bytes and of everything else that its chunks depend on: equal ones needn't be indexed again
 */
public record IndexedDocument(
        String id,
        String filename,
        String fingerprint,
        Map<String, AttributeValue> attributes,
        List<IndexedChunk> chunks) {
    public IndexedDocument {
        attributes = Map.copyOf(attributes);
        chunks = List.copyOf(chunks);
    }

    /**
     * @param start offset in the parsed text, in UTF-16 units
     * @param end   exclusive
     * @param vector of length 1
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    public record IndexedChunk(String text, int start, int end, Pages pages, String heading, float[] vector) {
        /** What it is found by beside its vector. */
        public String words() {
            return heading.isEmpty() ? text : heading + "\n" + text;
        }
    }
}
