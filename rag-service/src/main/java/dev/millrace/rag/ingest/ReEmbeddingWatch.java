package dev.millrace.rag.ingest;

import dev.millrace.rag.catalogue.AdvisoryLock;
import dev.millrace.rag.catalogue.DocumentCollection;
import dev.millrace.rag.catalogue.ReEmbeddingTable;
import dev.millrace.rag.index.IndexId;
import dev.millrace.rag.index.Indexes;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks for collections that are to have another embedding model, and has one after the other embedded anew; deletes the
 * indexes that nothing answers by any more.
 */
public final class ReEmbeddingWatch implements AutoCloseable {
    private static final Duration INTERVAL = Duration.ofSeconds(1);
    private static final Duration RETRY = Duration.ofSeconds(10);
    /** Questions that began by an index end by it. */
    private static final Duration GRACE = Duration.ofSeconds(2);
    /** Longer than any batch takes. */
    private static final Duration CLOSE = Duration.ofSeconds(20);

    private static final Logger log = LoggerFactory.getLogger(ReEmbeddingWatch.class);

    private final ReEmbeddingTable table;
    private final Indexes indexes;
    private final ReEmbedder reEmbedder;
    private final InstantSource clock;
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final Thread thread;

    public ReEmbeddingWatch(ReEmbeddingTable table, Indexes indexes, ReEmbedder reEmbedder, InstantSource clock) {
        this.table = table;
        this.indexes = indexes;
        this.reEmbedder = reEmbedder;
        this.clock = clock;
        thread = Thread.ofPlatform().daemon().name("re-embedding").unstarted(this::watch);
    }

    public void start() {
        thread.start();
    }

    private void watch() {
        try {
            Duration pause = INTERVAL;
            while (!stopped.await(pause.toMillis(), TimeUnit.MILLISECONDS)) {
                pause = look();
            }
        } catch (InterruptedException stopping) {
            // what was begun is gone on with at the next start
        }
    }

    /** Returns how long to wait before the next look. */
    private Duration look() throws InterruptedException {
        try {
            deleteDropped();
            // most of the time there is none, and a lock takes a connection
            if (table.first().isPresent()) {
                Optional<AdvisoryLock.Held> turn = table.turn();
                if (turn.isPresent()) {
                    work(turn.get());
                }
            }
            return INTERVAL;
        } catch (RuntimeException e) {
            log.warn("embedding collections anew failed, and is tried again in {}", RETRY, e);
            return RETRY;
        }
    }

    private void deleteDropped() {
        for (IndexId dropped : table.dropped(clock.instant().minus(GRACE))) {
            indexes.delete(dropped);
            table.deleted(dropped);
        }
    }

    private void work(AdvisoryLock.Held turn) throws InterruptedException {
        try (turn) {
            for (Optional<DocumentCollection> next = table.first();
                    next.isPresent() && turn.lasts();
                    next = table.first()) {
                make(next.get());
            }
        }
    }

    private void make(DocumentCollection collection) throws InterruptedException {
        try {
            reEmbedder.make(collection);
        } catch (RuntimeException e) {
            // others come first, so that one that can't be embedded doesn't keep them waiting
            table.postpone(collection.id(), clock.instant());
            throw e;
        }
    }

    @Override
    public void close() {
        // no interrupt: it would close Lucene's files under whoever writes them
        reEmbedder.stop();
        stopped.countDown();
        try {
            thread.join(CLOSE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
