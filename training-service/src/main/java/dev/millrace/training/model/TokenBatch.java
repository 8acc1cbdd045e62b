package dev.millrace.training.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Token sequences of any lengths, one after the other: no padding between them. A sequence that begins as the one before it
 * does may share its rows: what they begin with goes through the model once, as both answers' prompt does.
 */
public final class TokenBatch {
    /** Below it the rows that are gathered for attention cost what sharing saves. */
    private static final double LEAST_SHARED = 1.0 / 16;

    private final List<int[]> sequences;
    private final int longest;
    /** Of each token of each sequence the row: [tokens of all sequences]. */
    private final long[] rows;
    /** Of each row the first token that has it: [rows]. */
    private final long[] firsts;

    /** @throws IllegalArgumentException if there is none, or an empty one */
    public TokenBatch(List<int[]> sequences) {
        this(sequences, false);
    }

    private TokenBatch(List<int[]> sequences, boolean sharing) {
        if (sequences.isEmpty() || sequences.stream().anyMatch(ids -> ids.length == 0)) {
            throw new IllegalArgumentException("a batch needs sequences of one token or more");
        }
        this.sequences = List.copyOf(sequences);
        this.longest = sequences.stream().mapToInt(ids -> ids.length).max().orElseThrow();
        this.rows = new long[sequences.stream().mapToInt(ids -> ids.length).sum()];
        long[] known = new long[rows.length];
        int at = 0;
        int count = 0;
        int[] before = new int[0];
        for (int[] ids : sequences) {
            int same = sharing ? Math.floorMod(Arrays.mismatch(before, ids), ids.length + 1) : 0;
            System.arraycopy(rows, at - before.length, rows, at, same);
            for (int i = same; i < ids.length; i++) {
                known[count] = (long) at + i;
                rows[at + i] = count++;
            }
            at += ids.length;
            before = ids;
        }
        this.firsts = Arrays.copyOf(known, count);
    }

    /** Sequences that share what they begin with, if that is much of them. */
    static TokenBatch sharing(List<int[]> sequences) {
        TokenBatch batch = new TokenBatch(sequences, true);
        return batch.rows.length - batch.firsts.length >= LEAST_SHARED * batch.rows.length
                ? batch
                : new TokenBatch(sequences);
    }

    /** Rows that go through the model. */
    public int tokens() {
        return firsts.length;
    }

    /** Whether a row may be that of several tokens. */
    boolean shares() {
        return firsts.length < rows.length;
    }

    /** Of each token of each sequence the row: [tokens of all sequences]. */
    long[] rows() {
        return rows;
    }

    /** Of each row the first token that has it: [rows]. */
    long[] firsts() {
        return firsts;
    }

    /** Tokens of the longest sequence. */
    int longest() {
        return longest;
    }

    /** Of each row: [rows]. */
    long[] ids() {
        long[] all = new long[firsts.length];
        int at = 0;
        for (int[] ids : sequences) {
            for (int id : ids) {
                all[(int) rows[at++]] = id;
            }
        }
        return all;
    }

    /** Of each row the place in its own sequence: [rows]. */
    long[] positions() {
        long[] all = new long[firsts.length];
        int at = 0;
        for (int[] ids : sequences) {
            for (int position = 0; position < ids.length; position++) {
                all[(int) rows[at++]] = position;
            }
        }
        return all;
    }

    long[] lengths() {
        return sequences.stream().mapToLong(ids -> ids.length).toArray();
    }

    /** Of neighbours that are equally long: where the first one's tokens start, how many there are, their length. */
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

    /** Where each sequence's tokens begin, and at last where all end. */
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
