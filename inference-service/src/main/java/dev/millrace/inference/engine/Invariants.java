package dev.millrace.inference.engine;

import dev.millrace.inference.cache.BlockPool;
import java.util.List;

/** Checks after a step what must always hold between sequences and blocks. */
final class Invariants {
    private final BlockPool pool;

    Invariants(BlockPool pool) {
        this.pool = pool;
    }

    /** @throws IllegalStateException with what doesn't hold */
    void check(List<Work> running) {
        int[] references = new int[pool.total()];
        int[] writers = new int[pool.total()];
        for (Work work : running) {
            int[] ids = work.blocks().ids();
            for (int i = 0; i < work.blocks().size(); i++) {
                references[ids[i]]++;
                // a block is written as long as it isn't full
                if ((i + 1) * pool.blockTokens() > work.computed() && ++writers[ids[i]] > 1) {
                    throw new IllegalStateException("block " + ids[i] + " has two writers");
                }
            }
            if (work.blocks().size() != pool.blocksFor(work.computed())) {
                throw new IllegalStateException(
                        work.blocks().size() + " blocks are held for " + work.computed() + " computed tokens");
            }
        }
        for (int id = 0; id < references.length; id++) {
            if (writers[id] == 1 && references[id] > 1) {
                throw new IllegalStateException("block " + id + " is written while others read it");
            }
        }
        pool.check(references);
    }
}
