package dev.millrace.training.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Token sequences of any lengths, one after the other: no padding between them. */
public final class TokenBatch {
    private final List<int[]> sequences;
    private final int tokens;
    private final int longest;

    /** @throws IllegalArgumentException if there is none, or an empty one */
    public TokenBatch(List<int[]> sequences) {
        if (sequences.isEmpty() || sequences.stream().anyMatch(ids -> ids.length == 0)) {
            throw new IllegalArgumentException("a batch needs sequences of one token or more");
        }
        this.sequences = List.copyOf(sequences);
        this.tokens = sequences.stream().mapToInt(ids -> ids.length).sum();
        this.longest = sequences.stream().mapToInt(ids -> ids.length).max().orElseThrow();
    }

    public int tokens() {
        return tokens;
    }

    /** Tokens of the longest sequence. */
    int longest() {
        return longest;
    }

    /** All ids: [tokens]. */
    long[] ids() {
        long[] all = new long[tokens];
        int at = 0;
        for (int[] ids : sequences) {
            for (int id : ids) {
                all[at++] = id;
            }
        }
        return all;
    }

    /** Each token's place in its own sequence: [tokens]. */
    long[] positions() {
        long[] all = new long[tokens];
        int at = 0;
        for (int[] ids : sequences) {
            for (int position = 0; position < ids.length; position++) {
                all[at++] = position;
            }
        }
        return all;
    }

    long[] lengths() {
        return sequences.stream().mapToLong(ids -> ids.length).toArray();
    }

    /** Of neighbours that are equally long: where the first starts, how many there are, their length. */
    long[] runs() {
        List<Long> runs = new ArrayList<>();
        int start = 0;
        for (int i = 0; i < sequences.size(); ) {
            int length = sequences.get(i).length;
            int end = i;
            while (end < sequences.size() && sequences.get(end).length == length) {
                end++;
            }
            runs.add((long) start);
            runs.add((long) (end - i));
            runs.add((long) length);
            start += (end - i) * length;
            i = end;
        }
        return runs.stream().mapToLong(Long::longValue).toArray();
    }

    /** Where each sequence begins, and at last where all end. */
    int[] starts() {
        int[] starts = new int[sequences.size() + 1];
        for (int i = 0; i < sequences.size(); i++) {
            starts[i + 1] = starts[i] + sequences.get(i).length;
        }
        return starts;
    }

    /** For messages. */
    @Override
    public String toString() {
        return sequences.size() + " sequences of " + Arrays.toString(lengths()) + " tokens";
    }
}
