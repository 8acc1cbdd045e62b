package dev.millrace.inference.schedule;

import dev.millrace.inference.cache.Block;
import dev.millrace.inference.cache.BlockPool;
import dev.millrace.inference.cache.PrefixHasher;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/**
 * Decides what each step computes. There are no phases: a step gives each sequence a number of tokens, and a sequence
 * that has one token left to compute is one that generates. Those go first, so that a long prompt, which gets what is left
 * of the step's tokens, never holds up an answer; then come prompts that have begun, then waiting sequences by priority
 * and arrival. When blocks run out, the running sequence with the lowest priority and the latest arrival gives its own
 * back and waits again; what it computed may still be found in the cache. What a small step has room for at last goes to
 * drafts: guesses of the tokens that come next, which take nothing from anyone. Used by the engine's thread alone.
 *
 * @param <S> what the engine runs
 * @see <a href="https://arxiv.org/abs/2403.02310">Taming throughput-latency tradeoff in LLM inference with
 *     Sarathi-Serve</a>
 */
public final class Scheduler<S extends Sequence> {
    private static final Comparator<Sequence> ORDER =
            Comparator.comparingInt(Sequence::priority).reversed().thenComparingLong(Sequence::arrival);

    /** Makes the content of one block, by its id, that of another. */
    public interface BlockCopy {
        void copy(int from, int to);
    }

    private final BlockPool pool;
    private final Limits limits;
    private final BlockCopy copy;
    private final PrefixHasher hasher;
    // the first in order goes first, the last is the first to be preempted
    private final List<S> running = new ArrayList<>();
    private final TreeSet<S> waiting = new TreeSet<>(ORDER);
    // what the cache holds of the sequence to be admitted: whole blocks, then the first tokens of another
    private final List<Block> hits = new ArrayList<>();
    private Optional<Block> partial = Optional.empty();
    private int partialTokens;

    private int tokensLeft;
    private int resultsLeft;
    private long preemptions;
    private long soughtTokens;
    private long cachedTokens;

    public Scheduler(BlockPool pool, Limits limits, BlockCopy copy) {
        this.pool = pool;
        this.limits = limits;
        this.copy = copy;
        this.hasher = new PrefixHasher(pool.blockTokens());
    }

    /** Those that hold blocks, first in order first. */
    public List<S> running() {
        return running;
    }

    public int waiting() {
        return waiting.size();
    }

    public boolean idle() {
        return running.isEmpty() && waiting.isEmpty();
    }

    /** How often a sequence gave its blocks back for another. */
    public long preemptions() {
        return preemptions;
    }

    /** Tokens that were looked for in the cache, of all sequences that were ever admitted. */
    public long soughtTokens() {
        return soughtTokens;
    }

    /** Those of them that were found. */
    public long cachedTokens() {
        return cachedTokens;
    }

    public void add(S sequence) {
        waiting.add(sequence);
    }

    /** Ends a sequence, wherever it is: its blocks are free at once. */
    public void end(S sequence) {
        switch (sequence.state()) {
            case RUNNING -> {
                sequence.settle(hasher, pool.blockTokens());
                running.remove(sequence);
            }
            case WAITING -> waiting.remove(sequence);
            case ENDED -> throw new IllegalStateException("the sequence has ended before");
        }
        sequence.ended(hasher, pool.blockTokens());
    }

    /**
     * Plans a step: {@link Sequence#scheduled()} says how many tokens each sequence computes.
     *
     * @param promptTokens how many tokens of prompts the step may hold if it holds sequences that generate
     * @return the sequences that compute any
     */
    public List<S> next(int promptTokens) {
        tokensLeft = limits.stepTokens();
        resultsLeft = limits.stepResults();
        long before = preemptions;
        scheduleRunning(true);
        if (tokensLeft < limits.stepTokens()) {
            tokensLeft = Math.min(tokensLeft, promptTokens);
        }
        scheduleRunning(false);
        if (preemptions == before) {
            admitWaiting();
        }
        scheduleDrafts();
        List<S> step = new ArrayList<>(running.size());
        for (S sequence : running) {
            if (sequence.scheduled() > 0) {
                step.add(sequence);
            }
        }
        return step;
    }

    /** Notes that a step was computed. */
    public void computed(List<S> step) {
        for (S sequence : step) {
            sequence.advance(hasher, pool.blockTokens());
        }
    }

    /** Notes that a step's results were taken. */
    public void settle(List<S> step) {
        for (S sequence : step) {
            sequence.settle(hasher, pool.blockTokens());
        }
    }

    private void scheduleRunning(boolean generating) {
        // preemption takes from the end, so an index stays right
        for (int i = 0; i < running.size(); i++) {
            S sequence = running.get(i);
            if (sequence.scheduled() == 0 && sequence.generating() == generating) {
                int tokens = affordable(sequence);
                if (tokens > 0 && makeRoom(sequence, tokens)) {
                    schedule(sequence, tokens);
                }
            }
        }
    }

    /** Shares what is left of a small step by what each sequence proposes. */
    private void scheduleDrafts() {
        int rows = 0;
        for (int i = 0; i < running.size(); i++) {
            rows += running.get(i).scheduled();
        }
        int room = Math.min(Math.min(limits.draftedTokens(), limits.stepTokens()) - rows, resultsLeft);
        if (room <= 0) {
            return;
        }
        int proposed = 0;
        for (int i = 0; i < running.size(); i++) {
            S sequence = running.get(i);
            boolean growing = sequence.generating() && sequence.scheduled() == 1;
            proposed += growing ? sequence.propose(rows, room) : 0;
        }
        int left = room;
        for (int i = 0; i < running.size() && proposed > 0; i++) {
            S sequence = running.get(i);
            int share = Math.min(left, Math.ceilDiv(sequence.drafts() * room, Math.max(room, proposed)));
            while (share > 0 && sequence.blocks().missing(sequence.length() + share) > pool.free()) {
                share--;
            }
            if (sequence.drafts() > 0) {
                sequence.scheduleDrafts(share);
                left -= share;
            }
        }
    }

    private void admitWaiting() {
        Iterator<S> iterator = waiting.iterator();
        List<S> admitted = new ArrayList<>();
        while (iterator.hasNext() && running.size() + admitted.size() < limits.running()) {
            S sequence = iterator.next();
            if (sequence.awaitsLeader()) {
                continue;
            }
            // the one whose turn it is waits for room, and all others behind it: else a long one might wait for ever
            if (tokensLeft == 0 || resultsLeft == 0 || !admit(sequence, admitted)) {
                break;
            }
            iterator.remove();
            admitted.add(sequence);
        }
        running.addAll(admitted);
        running.sort(ORDER);
    }

    /** Gives a waiting sequence the blocks of its cached prefix and its share of the step, if all of it will have room. */
    private boolean admit(S sequence, List<S> admitted) {
        find(sequence);
        int free = pool.free();
        for (Block hit : hits) {
            free -= pool.isFree(hit) ? 1 : 0;
        }
        int needed = pool.blocksFor(sequence.length()) - hits.size();
        if (needed > free - promised(running) - promised(admitted)) {
            return false;
        }
        // hits first: they may be free, and must not be taken for the rest
        for (Block hit : hits) {
            sequence.blocks().share(hit);
        }
        int cached = hits.size() * pool.blockTokens() + partialTokens;
        if (partial.isPresent()) {
            // it may be the very block that is taken: then its content is where it should be
            copy.copy(partial.get().id(), sequence.blocks().take());
        }
        cachedTokens += cached;
        soughtTokens += sequence.length();
        sequence.admitted(cached);
        schedule(sequence, affordable(sequence));
        return true;
    }

    private void find(S sequence) {
        hits.clear();
        int blockTokens = pool.blockTokens();
        int findable = sequence.wantedFrom() / blockTokens;
        while (hits.size() < findable) {
            int i = hits.size();
            Optional<Block> hit = pool.find(sequence.hash(i, hasher, blockTokens), sequence.ids(), i * blockTokens);
            if (hit.isEmpty()) {
                break;
            }
            hits.add(hit.get());
        }
        findPartial(sequence, hits.size() * blockTokens);
    }

    private void findPartial(S sequence, int from) {
        partial = pool.after(sequence.parent(hits.size(), hasher, pool.blockTokens()));
        partialTokens = partial.map(block -> block.common(sequence.ids(), from, sequence.wantedFrom()))
                .orElse(0);
        if (partialTokens == 0 || sequence.prompt().extra(from, from + partialTokens).length > 0) {
            partial = Optional.empty();
            partialTokens = 0;
        }
    }

    /**
     * Blocks that sequences will still take: the rest of their prompts, and one more for each that generates, so that
     * whoever is admitted isn't preempted at once.
     */
    private int promised(List<S> sequences) {
        int promised = 0;
        for (S sequence : sequences) {
            promised += sequence.blocks().missing(sequence.length() + 1);
        }
        return promised;
    }

    /** How many tokens of a sequence the step has room for. */
    private int affordable(S sequence) {
        int tokens = Math.min(sequence.remaining(), tokensLeft);
        return tokens - Math.max(0, sequence.results(tokens) - resultsLeft);
    }

    private void schedule(S sequence, int tokens) {
        sequence.schedule(tokens);
        tokensLeft -= tokens;
        resultsLeft -= sequence.results();
    }

    /** Preempts until the pool has the blocks for a sequence; false if that took the sequence itself. */
    private boolean makeRoom(S sequence, int tokens) {
        int missing = sequence.blocks().missing(sequence.computed() + tokens);
        while (pool.free() < missing) {
            S victim = running.removeLast();
            tokensLeft += victim.scheduled();
            resultsLeft += victim.results();
            victim.preempted(hasher, pool.blockTokens());
            waiting.add(victim);
            preemptions++;
            if (victim.arrival() == sequence.arrival()) {
                return false;
            }
        }
        return true;
    }
}
