package dev.millrace.inference.grpc;

import dev.millrace.inference.engine.Event;
import dev.millrace.inference.engine.Outbox;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * Carries events from an outbox to a call as fast as its client reads, one thread at a time, and never the engine's. What
 * the client doesn't read stays in the outbox, whose bound then ends the request.
 */
final class Relay {
    private final ServerCallStreamObserver<?> call;
    private final Outbox outbox;
    private final Consumer<Event> sink;
    private final AtomicInteger calls = new AtomicInteger();

    private Relay(ServerCallStreamObserver<?> call, Outbox outbox, Consumer<Event> sink) {
        this.call = call;
        this.outbox = outbox;
        this.sink = sink;
    }

    /**
     * Begins to carry.
     *
     * @param sink writes an event to the call, and ends the call with the last one
     * @param executor runs it; must not run anything on the caller's thread
     */
    static void start(ServerCallStreamObserver<?> call, Outbox outbox, Consumer<Event> sink, Executor executor) {
        Relay relay = new Relay(call, outbox, sink);
        call.setOnCancelHandler(outbox::cancel);
        call.setOnReadyHandler(relay::carry);
        outbox.onEvents(() -> executor.execute(relay::carry));
    }

    private void carry() {
        // who comes while another carries leaves it to that one
        int seen = calls.getAndIncrement() == 0 ? 1 : 0;
        while (seen != 0) {
            carryReady();
            seen = calls.addAndGet(-seen);
        }
    }

    private void carryReady() {
        while ((call.isReady() || outbox.overflowed()) && !call.isCancelled()) {
            Optional<Event> event = outbox.poll();
            if (event.isEmpty()) {
                return;
            }
            try {
                sink.accept(event.get());
            } catch (RuntimeException e) {
                outbox.cancel();
                call.onError(Status.INTERNAL
                        .withDescription("The answer could not be sent: " + e)
                        .withCause(e)
                        .asRuntimeException());
                return;
            }
        }
    }
}
