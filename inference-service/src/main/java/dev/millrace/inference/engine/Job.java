package dev.millrace.inference.engine;

import dev.millrace.inference.model.Adapter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** A request on its way: the sequences that serve it, where its results go, and how long it took so far. */
final class Job {
    private final String id;
    private final Optional<Adapter> adapter;
    private final Counters counters;
    private final Outbox outbox;
    private final List<Work> works = new ArrayList<>();
    private final long arrivedNanos = System.nanoTime();
    private long startedNanos;
    private long firstResultNanos;
    private int promptTokens;
    private int cachedTokens;
    private int completionTokens;
    private int draftedTokens;
    private int acceptedTokens;
    private int unfinished;
    private boolean ended;

    /**
     * @param adapter held for this job, which releases it when it ends
     * @param cancel told of this job when nobody waits for it any more
     */
    Job(String id, Optional<Adapter> adapter, Counters counters, int outboxEvents, Consumer<Job> cancel) {
        this.id = id;
        this.adapter = adapter;
        this.counters = counters;
        this.outbox = new Outbox(outboxEvents, () -> cancel.accept(this));
    }

    void add(Work work) {
        works.add(work);
        unfinished++;
    }

    String id() {
        return id;
    }

    /** What it is computed with; empty for the model itself. */
    Optional<Adapter> adapter() {
        return adapter;
    }

    Outbox outbox() {
        return outbox;
    }

    List<Work> works() {
        return works;
    }

    /** Whether its last event has been put out. */
    boolean ended() {
        return ended;
    }

    boolean started() {
        return startedNanos != 0;
    }

    long startedNanos() {
        return startedNanos;
    }

    void start(long nanos) {
        startedNanos = nanos;
    }

    /** Counts a prompt that has been read to its end. */
    void promptRead(int tokens, int cached, long nanos) {
        promptTokens += tokens;
        cachedTokens += cached;
        counters.promptRead(tokens, cached);
        if (firstResultNanos == 0) {
            firstResultNanos = nanos;
        }
    }

    void generated() {
        completionTokens++;
        counters.generated();
    }

    /** Counts the drafts that one sequence had in a step. */
    void drafted(int drafts, int accepted) {
        draftedTokens += drafts;
        acceptedTokens += accepted;
        counters.drafted(drafts, accepted);
    }

    /** Notes that one of the sequences has ended well; true if it was the last. */
    boolean workEnded() {
        return --unfinished == 0;
    }

    void finish(long nanos) {
        end(new Event.Finished(
                new Event.Usage(promptTokens, completionTokens, cachedTokens, draftedTokens, acceptedTokens),
                new Event.Timings(
                        startedNanos - arrivedNanos, firstResultNanos - startedNanos, nanos - firstResultNanos)));
    }

    void fail(Failure failure) {
        end(new Event.Failed(failure));
    }

    /** Ends without a word: nobody listens. */
    void cancel() {
        ended = true;
        adapter.ifPresent(Adapter::release);
    }

    private void end(Event last) {
        ended = true;
        adapter.ifPresent(Adapter::release);
        outbox.putLast(last);
    }
}
