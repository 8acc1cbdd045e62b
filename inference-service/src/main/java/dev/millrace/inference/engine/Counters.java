package dev.millrace.inference.engine;

import dev.millrace.inference.cache.BlockPool;
import dev.millrace.inference.schedule.Scheduler;

/** What has been done since the start; written by the engine's thread. */
final class Counters {
    long steps;
    long cancelled;
    long failed;
    private long promptTokens;
    private long cachedTokens;
    private long generatedTokens;
    private long drafts;
    private long draftedTokens;
    private long acceptedTokens;
    private long finished;
    private long lastFinishedNanos;
    private volatile double secondsPerRequest;

    void promptRead(int tokens, int cached) {
        promptTokens += tokens;
        cachedTokens += cached;
    }

    void generated() {
        generatedTokens++;
    }

    void drafted(int tokens, int accepted) {
        drafts++;
        draftedTokens += tokens;
        acceptedTokens += accepted;
    }

    void finished(long startedNanos, long nanos) {
        // a time without requests does not count
        long since = finished++ == 0 ? startedNanos : Math.max(startedNanos, lastFinishedNanos);
        double before = secondsPerRequest;
        secondsPerRequest = before + ((nanos - since) / 1e9 - before) / Math.min(finished, 16);
        lastFinishedNanos = nanos;
    }

    /** Time from one request's end to the next one's, the latest ones counting most; 0 at first. Read by any thread. */
    double secondsPerRequest() {
        return secondsPerRequest;
    }

    EngineStats snapshot(BlockPool pool, Scheduler<Work> scheduler) {
        return new EngineStats(
                scheduler.running().size(),
                scheduler.waiting(),
                pool.total(),
                pool.used(),
                pool.cached(),
                scheduler.preemptions(),
                steps,
                promptTokens,
                cachedTokens,
                generatedTokens,
                drafts,
                draftedTokens,
                acceptedTokens,
                scheduler.soughtTokens(),
                scheduler.cachedTokens(),
                finished,
                cancelled,
                failed);
    }
}
