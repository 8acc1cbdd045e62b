package dev.millrace.rag.index;

import dev.millrace.rag.text.Pages;
import java.util.Map;

/**
 * A chunk that was found.
 *
 * @param score    from 0 to 1: 1 where it is first by words and by meaning
 * @param nearness to the question
 */
public record Hit(
        String collection,
        String document,
        String filename,
        String text,
        int start,
        int end,
        Pages pages,
        String heading,
        double score,
        Nearness nearness,
        Map<String, AttributeValue> attributes) {
    public Hit {
        attributes = Map.copyOf(attributes);
    }

    /** The same chunk, found. */
    public Hit with(double otherScore, Nearness otherNearness) {
        return new Hit(
                collection,
                document,
                filename,
                text,
                start,
                end,
                pages,
                heading,
                otherScore,
                otherNearness,
                attributes);
    }
}
