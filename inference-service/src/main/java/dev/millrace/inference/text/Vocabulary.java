package dev.millrace.inference.text;

import java.util.List;
import java.util.Set;

/**
 * What each token id stands for.
 *
 * @param tokens the bytes of each id, by id; a control token's are its name
 * @param control ids that are no text: not shown unless asked for
 * @param ends ids that end an answer
 */
public record Vocabulary(List<byte[]> tokens, Set<Integer> control, Set<Integer> ends) {
    public Vocabulary {
        control = Set.copyOf(control);
        ends = Set.copyOf(ends);
    }

    public int size() {
        return tokens.size();
    }
}
