package dev.millrace.training.examples;

import java.util.List;

/** A data set, in memory or in a file. */
public interface Examples {
    int size();

    /** @param index from 0 */
    Example get(int index);

    /** Those that are in memory. */
    static Examples of(List<Example> examples) {
        List<Example> copy = List.copyOf(examples);
        return new Examples() {
            @Override
            public int size() {
                return copy.size();
            }

            @Override
            public Example get(int index) {
                return copy.get(index);
            }
        };
    }
}
