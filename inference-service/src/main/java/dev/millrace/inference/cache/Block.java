package dev.millrace.inference.cache;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** One block of the cache: who refers to it, which prefix it holds, and its place in the list of free blocks. */
public final class Block {
    private final int id;
    int references;

    // a prefix stays until the block is taken for something else: a free block may still be hit
    @Nullable PrefixHash hash;

    /** The prefix before it, if this is the block that what comes after it is copied from. */
    @Nullable PrefixHash parent;

    /** The tokens that it holds: all of a block, or its first ones. */
    int[] ids = {};

    // the list of free blocks; only a block without references is linked
    @Nullable Block previous;

    @Nullable Block next;

    Block(int id) {
        this.id = id;
    }

    /** Its place in the backend's cache, from 0. */
    public int id() {
        return id;
    }

    boolean holds(int[] tokens, int from) {
        return Arrays.equals(ids, 0, ids.length, tokens, from, from + ids.length);
    }

    /** Whether there is anything in it that a sequence could find. */
    boolean remembered() {
        return hash != null || parent != null;
    }

    /**
     * How many of its first tokens are those of a sequence.
     *
     * @param tokens of the sequence, from {@code from} on; those before {@code to} count
     */
    public int common(int[] tokens, int from, int to) {
        int most = Math.min(ids.length, to - from);
        int differs = Arrays.mismatch(ids, 0, most, tokens, from, from + most);
        return differs < 0 ? most : differs;
    }
}
