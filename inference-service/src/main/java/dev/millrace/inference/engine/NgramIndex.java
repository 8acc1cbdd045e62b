package dev.millrace.inference.engine;

/**
 * Finds where the latest tokens of a sequence stood before: the longest run of {@value #SHORTEST} to {@value #LONGEST} of
 * them, and of several places the latest. An open hash table of positions that grows with the sequence: a token costs a
 * few look-ups, however long the text is, and runs are compared, so that no two are ever taken for each other.
 */
final class NgramIndex {
    static final int SHORTEST = 2;
    static final int LONGEST = 4;

    private static final int EMPTY = 0;
    private static final int LENGTH_BITS = 2;

    // where a run ends, and its length less the shortest in the lowest bits; ends are at least 2, so none reads EMPTY
    private int[] entries = new int[0];
    private int nextEnd = SHORTEST;
    private int end;

    /**
     * Looks for the end of {@code ids}, which may only have grown since the last call.
     *
     * @param ids [length] or longer
     * @return how many of the last tokens stood together before; 0 for none
     */
    int find(int[] ids, int length) {
        reserve(ids, length);
        // a run is of use if something follows it
        for (; nextEnd < length; nextEnd++) {
            add(ids, nextEnd);
        }
        for (int n = Math.min(LONGEST, length); n >= SHORTEST; n--) {
            int entry = entries[slot(ids, length, n)];
            if (entry != EMPTY) {
                end = entry >>> LENGTH_BITS;
                return n;
            }
        }
        return 0;
    }

    /** The position after the tokens that were found. */
    int end() {
        return end;
    }

    private void add(int[] ids, int at) {
        for (int n = SHORTEST; n <= Math.min(LONGEST, at); n++) {
            entries[slot(ids, at, n)] = at << LENGTH_BITS | (n - SHORTEST);
        }
    }

    /** The slot of the run of {@code n} tokens that ends before {@code at}, or the empty one where it belongs. */
    private int slot(int[] ids, int at, int n) {
        int mask = entries.length - 1;
        int slot = hash(ids, at, n) & mask;
        while (entries[slot] != EMPTY && !holds(entries[slot], ids, at, n)) {
            slot = (slot + 1) & mask;
        }
        return slot;
    }

    private static boolean holds(int entry, int[] ids, int at, int n) {
        int other = entry >>> LENGTH_BITS;
        boolean same = (entry & ((1 << LENGTH_BITS) - 1)) == n - SHORTEST;
        for (int i = 1; i <= n && same; i++) {
            same = ids[other - i] == ids[at - i];
        }
        return same;
    }

    private static int hash(int[] ids, int at, int n) {
        int hash = n;
        for (int i = 1; i <= n; i++) {
            hash = (hash ^ ids[at - i]) * 0x9e3779b1;
            hash ^= hash >>> 15;
        }
        return hash;
    }

    /** Makes room for the runs of {@code tokens} tokens, so that at least half of the table stays empty. */
    private void reserve(int[] ids, int tokens) {
        int least = 2 * (LONGEST - SHORTEST + 1) * tokens;
        if (least <= entries.length) {
            return;
        }
        int[] old = entries;
        entries = new int[Integer.highestOneBit(least) * 2];
        for (int entry : old) {
            if (entry != EMPTY) {
                int n = (entry & ((1 << LENGTH_BITS) - 1)) + SHORTEST;
                entries[slot(ids, entry >>> LENGTH_BITS, n)] = entry;
            }
        }
    }
}
