package dev.millrace.standalone.soak;

import dev.millrace.inference.engine.Event;
import dev.millrace.inference.engine.Failure;
import dev.millrace.inference.engine.Outbox;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** Reads one request's events the way its client would. */
final class Reader {
    /** Long after the slowest machine would have answered: the request hangs. */
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    private final Outbox outbox;
    private final Client client;
    private final Semaphore news = new Semaphore(0);

    private Reader(Outbox outbox, Client client) {
        this.outbox = outbox;
        this.client = client;
    }

    /** Returns when the request has come to its end, or its client has gone. */
    static Outcome read(Outbox outbox, Client client) throws InterruptedException {
        return new Reader(outbox, client).read();
    }

    private Outcome read() throws InterruptedException {
        if (client instanceof Client.Absent && !thrownOut()) {
            return new Outcome.Lost("its client reads nothing, and it goes on all the same");
        }
        outbox.onEvents(news::release);
        Answer.Builder answer = new Answer.Builder();
        for (int events = 0; true; events++) {
            if (client instanceof Client.Leaving(int afterEvents) && events == afterEvents) {
                outbox.cancel();
                return new Outcome.Left();
            }
            Optional<Event> event = next();
            if (event.isEmpty()) {
                outbox.cancel();
                return new Outcome.Lost("nothing came for " + PATIENCE);
            }
            if (event.get() instanceof Event.Finished) {
                return new Outcome.Answered(answer.answer());
            }
            if (event.get() instanceof Event.Failed(Failure failure)) {
                return client instanceof Client.Absent && failure.kind() == Failure.Kind.SLOW_CLIENT
                        ? new Outcome.ThrownOut()
                        : new Outcome.Lost(failure.toString());
            }
            answer.add(event.get());
            if (client instanceof Client.Slow(int pauseMillis)) {
                Thread.sleep(pauseMillis);
            }
        }
    }

    private boolean thrownOut() throws InterruptedException {
        long start = System.nanoTime();
        while (!outbox.overflowed()) {
            if (System.nanoTime() - start > PATIENCE.toNanos()) {
                return false;
            }
            Thread.sleep(20);
        }
        return true;
    }

    /** Empty if none came in time. */
    private Optional<Event> next() throws InterruptedException {
        while (true) {
            Optional<Event> event = outbox.poll();
            if (event.isPresent() || !news.tryAcquire(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
                return event;
            }
        }
    }
}
