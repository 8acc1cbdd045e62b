package dev.millrace.inference.cache;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * All blocks of one backend's cache, made at start. A block is referred to by sequences, or free; a free one keeps its
 * prefix, and can be hit, until it is taken. Used by the engine's thread alone.
 *
 * @see <a href="https://arxiv.org/abs/2309.06180">Efficient memory management for large language model serving with
 *     PagedAttention</a>
 */
public final class BlockPool {
    private static final int[] NO_IDS = {};

    private final int blockTokens;
    private final Block[] blocks;
    private final FreeList free = new FreeList();
    private final Map<PrefixHash, Block> prefixes = new HashMap<>();
    // by the prefix before it: the latest block, full or not, that goes on from there
    private final Map<PrefixHash, Block> continuations = new HashMap<>();
    private int cached;

    public BlockPool(int blocks, int blockTokens) {
        if (blocks < 1 || blockTokens < 1) {
            throw new IllegalArgumentException("a cache has at least one block of at least one token, was asked for "
                    + blocks + " of " + blockTokens);
        }
        this.blockTokens = blockTokens;
        this.blocks = new Block[blocks];
        for (int id = 0; id < blocks; id++) {
            this.blocks[id] = new Block(id);
            free.addLast(this.blocks[id]);
        }
    }

    public int blockTokens() {
        return blockTokens;
    }

    public int total() {
        return blocks.length;
    }

    /** Blocks that can be taken, those with a prefix among them. */
    public int free() {
        return free.size();
    }

    public int used() {
        return blocks.length - free.size();
    }

    /** Free blocks that still hold a prefix. */
    public int cached() {
        return cached;
    }

    /** How many blocks {@code tokens} tokens take. */
    public int blocksFor(int tokens) {
        return (tokens + blockTokens - 1) / blockTokens;
    }

    /** The block that holds this prefix, be it free or in use; its ids are compared too. */
    public Optional<Block> find(PrefixHash hash, int[] ids, int from) {
        Block block = prefixes.get(hash);
        return block != null && block.holds(ids, from) ? Optional.of(block) : Optional.empty();
    }

    /** The block whose first tokens may be what comes after a prefix; to be copied, never shared. */
    public Optional<Block> after(PrefixHash parent) {
        return Optional.ofNullable(continuations.get(parent));
    }

    public boolean isFree(Block block) {
        return block.references == 0;
    }

    /** Refers once more to a block that was found. */
    public void share(Block block) {
        if (block.references == 0) {
            free.remove(block);
            cached--;
        }
        block.references++;
    }

    /**
     * Takes the free block that was longest without use; what it held is forgotten.
     *
     * @throws java.util.NoSuchElementException if none is free
     */
    public Block take() {
        Block block = free.removeFirst();
        if (block.remembered()) {
            cached--;
            if (block.hash != null) {
                prefixes.remove(block.hash);
            }
            if (block.parent != null) {
                continuations.remove(block.parent);
            }
            forget(block);
        }
        block.references = 1;
        return block;
    }

    /** Gives back one reference. A sequence gives its blocks last to first, so that tails are used up before heads. */
    public void release(Block block) {
        if (block.references < 1) {
            throw new IllegalStateException("block " + block.id() + " is released but not in use");
        }
        if (--block.references == 0) {
            if (block.remembered()) {
                free.addLast(block);
                cached++;
            } else {
                // holds nothing that anyone could hit: goes before every block that does
                free.addFirst(block);
            }
        }
    }

    /**
     * Makes a full block findable. Called after its keys and values are written, never before. If another block holds the
     * same prefix already, that one stays the one to be found.
     */
    public void publish(Block block, PrefixHash hash, int[] ids, int from) {
        requireInUse(block);
        if (block.hash == null && prefixes.putIfAbsent(hash, block) == null) {
            block.hash = hash;
            block.ids = Arrays.copyOfRange(ids, from, from + blockTokens);
        }
    }

    /**
     * Makes the first tokens of a block findable by those that go on from the same prefix. Called after their keys and
     * values are written. Stays with the block that does so already if that one holds them too.
     *
     * @param tokens how many of {@code ids}, from {@code from} on, the block holds
     */
    public void keep(Block block, PrefixHash parent, int[] ids, int from, int tokens) {
        requireInUse(block);
        Block before = continuations.get(parent);
        if (before == block || (before != null && before.common(ids, from, from + tokens) == tokens)) {
            return;
        }
        if (before != null) {
            replace(before);
        }
        continuations.put(parent, block);
        block.parent = parent;
        if (block.hash == null) {
            block.ids = Arrays.copyOfRange(ids, from, from + tokens);
        }
    }

    /** Another block takes the place of this one, which may be findable as a full one still. */
    private void replace(Block block) {
        block.parent = null;
        if (block.hash == null) {
            forget(block);
            if (block.references == 0) {
                cached--;
                free.remove(block);
                free.addFirst(block);
            }
        }
    }

    private static void forget(Block block) {
        block.hash = null;
        block.parent = null;
        block.ids = NO_IDS;
    }

    private static void requireInUse(Block block) {
        if (block.references < 1) {
            throw new IllegalStateException("block " + block.id() + " is published but not in use");
        }
    }

    /**
     * Checks what must always hold: a block has no references exactly when it is in the free list, free and used blocks
     * are all blocks, every prefix leads to one full block that knows it, and every beginning of one to one that holds it.
     *
     * @param references how often each block is referred to by the sequences, by block id
     * @throws IllegalStateException if one doesn't
     */
    public void check(int[] references) {
        boolean[] linked = new boolean[blocks.length];
        int count = 0;
        Block before = null;
        for (@Nullable Block block = free.first(); block != null; block = block.next) {
            require(!linked[block.id()], block, "is in the free list twice");
            require(block.previous == before, block, "does not know the free block before it");
            linked[block.id()] = true;
            before = block;
            count++;
        }
        if (count != free.size()) {
            throw new IllegalStateException("the free list holds " + count + " blocks and says " + free.size());
        }
        int hashed = 0;
        int continuing = 0;
        int rememberedAndFree = 0;
        for (Block block : blocks) {
            require(block.references == references[block.id()], block, "counts other references than there are");
            require((block.references == 0) == linked[block.id()], block, "must be free exactly without references");
            rememberedAndFree += block.remembered() && linked[block.id()] ? 1 : 0;
            require(block.remembered() == block.ids.length > 0, block, "holds tokens exactly where it can be found");
            if (block.hash != null) {
                hashed++;
                require(prefixes.get(block.hash) == block, block, "has a prefix that leads elsewhere");
                require(block.ids.length == blockTokens, block, "has a prefix but is not full");
            }
            if (block.parent != null) {
                continuing++;
                require(continuations.get(block.parent) == block, block, "goes on from a prefix that another follows");
            }
        }
        if (hashed != prefixes.size() || continuing != continuations.size() || rememberedAndFree != cached) {
            throw new IllegalStateException(prefixes.size() + " prefixes lead to " + hashed + " blocks, "
                    + continuations.size() + " beginnings to " + continuing + ", of which " + rememberedAndFree
                    + " are free, where " + cached + " are counted");
        }
    }

    private static void require(boolean holds, Block block, String otherwise) {
        if (!holds) {
            throw new IllegalStateException(
                    "block " + block.id() + " (" + block.references + " references) " + otherwise);
        }
    }
}
