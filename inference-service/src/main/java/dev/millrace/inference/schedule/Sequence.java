package dev.millrace.inference.schedule;

import dev.millrace.inference.cache.BlockPool;
import dev.millrace.inference.cache.BlockTable;
import dev.millrace.inference.cache.PrefixHash;
import dev.millrace.inference.cache.PrefixHasher;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Tokens that the model reads in order, and how far it has come. Says for itself from where on the model's results are
 * wanted; what comes of them is its subclasses' business. Used by the engine's thread alone.
 */
public abstract class Sequence {
    /** Where a sequence is on its way. */
    public enum State {
        WAITING,
        RUNNING,
        ENDED
    }

    private final long arrival;
    private final int priority;
    private final Prompt prompt;
    private final String salt;
    private final Optional<Sequence> leader;
    private final BlockTable blocks;
    private final List<PrefixHash> hashes = new ArrayList<>();

    private int[] ids;
    private int length;
    private int computed;
    private int scheduled;
    private int drafts;
    private int accepted;
    private int cachedAtFirst;
    private boolean admittedBefore;
    private State state = State.WAITING;

    /**
     * @param arrival of two sequences with one priority the one with the lower number goes first; no two are equal
     * @param salt sequences with another salt never share a block
     * @param leader has the same prompt and goes first, so that this one finds the prompt in the cache
     */
    protected Sequence(
            long arrival, int priority, Prompt prompt, String salt, BlockPool pool, Optional<Sequence> leader) {
        this.arrival = arrival;
        this.priority = priority;
        this.prompt = prompt;
        this.salt = salt;
        this.leader = leader;
        this.ids = prompt.ids().clone();
        this.length = ids.length;
        this.blocks = new BlockTable(pool);
    }

    /**
     * The first position whose result is still wanted; those after it are wanted too. At most the last position: a prompt
     * is never taken from the cache as a whole, for its last token's logits are the first output.
     */
    public abstract int wantedFrom();

    /**
     * Writes tokens that may well come next to {@code ids} from {@code length} on. Called when the sequence generates and
     * a step has room to try some.
     *
     * @param rows that the step computes without drafts, those of other sequences included
     * @return how many, at most {@code most}
     */
    protected int draft(int[] ids, int length, int rows, int most) {
        return 0;
    }

    /**
     * Names the content of the adapter that computes the sequence; empty for the model itself. Sequences with different ones
     * never share a block.
     */
    protected String adapterDigest() {
        return "";
    }

    /** Told at a step's end what became of its drafts. */
    protected void drafted(int drafts, int accepted) {}

    public final long arrival() {
        return arrival;
    }

    public final int priority() {
        return priority;
    }

    public final Prompt prompt() {
        return prompt;
    }

    public final State state() {
        return state;
    }

    /** Tokens of prompt and answer. */
    public final int length() {
        return length;
    }

    public final int id(int position) {
        return ids[position];
    }

    /** Tokens whose keys and values are in the cache. */
    public final int computed() {
        return computed;
    }

    /** Tokens that the current step computes, from {@link #computed()} on, drafts included. */
    public final int scheduled() {
        return scheduled;
    }

    /** Of the prompt's tokens, those that the cache held when the sequence first ran. */
    public final int cachedTokens() {
        return cachedAtFirst;
    }

    public final BlockTable blocks() {
        return blocks;
    }

    /** Whether all but the latest token is computed: each step gives the next one. */
    public final boolean generating() {
        return remaining() == 1;
    }

    /** How many results the current step gives for this sequence. */
    public final int results() {
        return results(scheduled);
    }

    /** The first position of which the current step gives a result, if it gives any. */
    public final int firstResult() {
        return Math.max(wantedFrom(), computed);
    }

    /** Drafts that the current step computes, after the last token. */
    public final int drafts() {
        return drafts;
    }

    /** Adds a token of the answer. Where a draft stood for it, its keys and values are in the cache already. */
    protected final void append(int id) {
        reserve(1);
        if (accepted < drafts && computed == length && ids[length] == id) {
            accepted++;
            computed++;
        }
        ids[length++] = id;
    }

    private void reserve(int tokens) {
        if (length + tokens > ids.length) {
            ids = Arrays.copyOf(ids, Math.max(length + tokens, length * 2));
        }
    }

    final int results(int tokens) {
        return Math.max(0, computed + tokens - firstResult());
    }

    final int remaining() {
        return length - computed;
    }

    /** Proposes drafts for the current step; how many. */
    final int propose(int rows, int most) {
        reserve(most);
        drafts = draft(ids, length, rows, most);
        return drafts;
    }

    /** Has the current step compute the first of those that were proposed. */
    final void scheduleDrafts(int count) {
        drafts = count;
        accepted = 0;
        schedule(1 + count);
    }

    final boolean awaitsLeader() {
        return leader.isPresent()
                && leader.get().state != State.ENDED
                && leader.get().computed < leader.get().prompt.ids().length;
    }

    final int[] ids() {
        return ids;
    }

    final void schedule(int tokens) {
        scheduled = tokens;
        while (blocks.missing(computed + tokens) > 0) {
            blocks.take();
        }
    }

    final void admitted(int cachedTokens) {
        state = State.RUNNING;
        computed = cachedTokens;
        if (!admittedBefore) {
            admittedBefore = true;
            cachedAtFirst = cachedTokens;
        }
    }

    /** Gives the blocks back, to be computed again later. */
    final void preempted(PrefixHasher hasher, int blockTokens) {
        keep(hasher, blockTokens);
        blocks.release();
        computed = 0;
        scheduled = 0;
        drafts = 0;
        state = State.WAITING;
    }

    final void ended(PrefixHasher hasher, int blockTokens) {
        keep(hasher, blockTokens);
        blocks.release();
        scheduled = 0;
        state = State.ENDED;
    }

    /** The step is done: its keys and values are written, so full blocks may be found by others. */
    final void advance(PrefixHasher hasher, int blockTokens) {
        computed += scheduled - drafts;
        scheduled = 0;
        publish(hasher, blockTokens);
    }

    /** The step's results are taken: drafts that came true are tokens like others, the rest leaves no trace. */
    final void settle(PrefixHasher hasher, int blockTokens) {
        if (drafts > 0) {
            publish(hasher, blockTokens);
            blocks.trim(computed);
            drafted(drafts, accepted);
            drafts = 0;
        }
    }

    private void publish(PrefixHasher hasher, int blockTokens) {
        while (blocks.published() < computed / blockTokens) {
            int index = blocks.published();
            blocks.publish(hash(index, hasher, blockTokens), ids);
            keep(index, blockTokens, hasher, blockTokens);
        }
    }

    /** Leaves what the last block holds, short of being full, to those that go on from there. */
    private void keep(PrefixHasher hasher, int blockTokens) {
        int count = computed % blockTokens;
        if (count > 0) {
            keep(computed / blockTokens, count, hasher, blockTokens);
        }
    }

    private void keep(int index, int count, PrefixHasher hasher, int blockTokens) {
        int from = index * blockTokens;
        // where embeddings stand, ids don't say what the block holds
        if (prompt.extra(from, from + count).length == 0) {
            blocks.keep(index, parent(index, hasher, blockTokens), ids, count);
        }
    }

    /** The hash of the prefix that ends with the {@code index}th block. */
    final PrefixHash hash(int index, PrefixHasher hasher, int blockTokens) {
        while (hashes.size() <= index) {
            int from = hashes.size() * blockTokens;
            PrefixHash parent = parent(hashes.size(), hasher, blockTokens);
            hashes.add(hasher.next(parent, ids, from, prompt.extra(from, from + blockTokens)));
        }
        return hashes.get(index);
    }

    /** The hash of the prefix that ends before the {@code index}th block. */
    final PrefixHash parent(int index, PrefixHasher hasher, int blockTokens) {
        return index == 0 ? hasher.root(adapterDigest(), salt) : hash(index - 1, hasher, blockTokens);
    }
}
