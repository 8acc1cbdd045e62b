package dev.millrace.rag.index;

import java.util.Map;

/**
 * A chunk that was found.
 *
 * @param score from 0 to 1: 1 where it is first by words and by meaning
 */
public record Hit(
        String collection,
        String document,
        String filename,
        String text,
        int start,
        int end,
        int firstPage,
        int lastPage,
        String heading,
        double score,
        Map<String, AttributeValue> attributes) {
    public Hit {
        attributes = Map.copyOf(attributes);
    }
}
