package dev.millrace.training.jobs;

import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes jobs in hand as long as there are slots, and hands each to a thread of its own. */
public final class Supervisor implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Supervisor.class);
    private static final Duration PAUSE = Duration.ofMillis(500);
    private static final long CLOSE_SECONDS = 10;

    private final JobTable table;
    private final JobSettings settings;
    private final TokensOf tokens;
    private final AdapterStore adapters;
    private final Semaphore slots;
    private final ExecutorService runs = Executors.newThreadPerTaskExecutor(
            Thread.ofPlatform().daemon().name("job-", 0).factory());
    private final Thread thread;

    public Supervisor(JobTable table, JobSettings settings, TokensOf tokens, AdapterStore adapters) {
        this.table = table;
        this.settings = settings;
        this.tokens = tokens;
        this.adapters = adapters;
        this.slots = new Semaphore(settings.slots());
        this.thread = Thread.ofPlatform().daemon().name("jobs").unstarted(this::run);
    }

    public void start() {
        thread.start();
    }

    private void run() {
        boolean wasAway = false;
        while (!Thread.currentThread().isInterrupted()) {
            try {
                slots.acquire();
                Optional<Job> job = claim();
                wasAway = false;
                if (job.isEmpty()) {
                    slots.release();
                    Thread.sleep(PAUSE);
                }
            } catch (SQLException away) {
                slots.release();
                if (!wasAway) {
                    log.warn("jobs wait for the database: {}", away.getMessage());
                    wasAway = true;
                }
                if (!pause()) {
                    return;
                }
            } catch (InterruptedException closing) {
                return;
            }
        }
    }

    private Optional<Job> claim() throws SQLException {
        // a holder of its own for each claim: a run whose lease ran out must not pass for the one that came after it
        String holder = UUID.randomUUID().toString();
        Optional<Job> job = table.claim(holder, settings.lease());
        job.ifPresent(claimed -> runs.execute(() -> run(claimed, holder)));
        return job;
    }

    private void run(Job job, String holder) {
        try {
            new JobRun(job, holder, table, settings, tokens, adapters).run();
        } catch (InterruptedException closing) {
            Thread.currentThread().interrupt();
        } catch (SQLException away) {
            // the lease runs out, and whoever comes first goes on
            log.warn("job {} is left, for the database is away: {}", job.id(), away.getMessage());
        } catch (RuntimeException broken) {
            log.error("job {} is left", job.id(), broken);
        } finally {
            slots.release();
        }
    }

    private static boolean pause() {
        try {
            Thread.sleep(PAUSE);
            return true;
        } catch (InterruptedException closing) {
            return false;
        }
    }

    /** Workers are killed: another service, or this one once it is back, goes on from their checkpoints. */
    @Override
    public void close() {
        thread.interrupt();
        runs.shutdownNow();
        try {
            if (!runs.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
                log.warn("a worker is still being stopped");
            }
        } catch (InterruptedException hurried) {
            Thread.currentThread().interrupt();
        }
    }
}
