package dev.millrace.inference.cache;

import java.util.Arrays;

/**
 * The blocks of one sequence in the order of its tokens, and which of its prefixes they hold. The first blocks may be
 * shared with others; only blocks that were taken are written to.
 */
public final class BlockTable {
    private final BlockPool pool;
    private Block[] blocks = new Block[4];
    private int[] ids = new int[4];
    private int size;
    private int published;

    public BlockTable(BlockPool pool) {
        this.pool = pool;
    }

    /** Number of blocks. */
    public int size() {
        return size;
    }

    /** The first blocks that hold a prefix which others can hit, or which they were hit from. */
    public int published() {
        return published;
    }

    /** Block ids for the backend; the array may be longer than {@link #size()} and is replaced as the table grows. */
    public int[] ids() {
        return ids;
    }

    /** How many more blocks hold {@code tokens} tokens. */
    public int missing(int tokens) {
        return Math.max(0, pool.blocksFor(tokens) - size);
    }

    /** Appends a block that was hit. */
    public void share(Block block) {
        pool.share(block);
        append(block);
        published = size;
    }

    /** Appends the free block that was longest without use; its id. */
    public int take() {
        append(pool.take());
        return ids[size - 1];
    }

    /** Makes the block after the {@link #published()} ones findable. */
    public void publish(PrefixHash hash, int[] tokens) {
        pool.publish(blocks[published], hash, tokens, published * pool.blockTokens());
        published++;
    }

    /**
     * Makes the first tokens of a block findable for those that differ later.
     *
     * @param parent the prefix that ends before the block
     * @param count of the block's tokens that are computed
     */
    public void keep(int index, PrefixHash parent, int[] tokens, int count) {
        pool.keep(blocks[index], parent, tokens, index * pool.blockTokens(), count);
    }

    /** Gives back, last to first, the blocks that {@code tokens} tokens don't take. */
    public void trim(int tokens) {
        for (int needed = pool.blocksFor(tokens); size > needed; ) {
            pool.release(blocks[--size]);
        }
    }

    /** Gives all blocks back, last to first. */
    public void release() {
        trim(0);
        published = 0;
    }

    private void append(Block block) {
        if (size == blocks.length) {
            blocks = Arrays.copyOf(blocks, size * 2);
            ids = Arrays.copyOf(ids, size * 2);
        }
        blocks[size] = block;
        ids[size] = block.id();
        size++;
    }
}
