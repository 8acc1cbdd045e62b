package dev.millrace.inference.cache;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** One block of the cache: who refers to it, which prefix it holds, and its place in the list of free blocks. */
public final class Block {
    private final int id;
    int references;

    // a prefix stays until the block is taken for something else: a free block may still be hit
    @Nullable PrefixHash hash;

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
}
