package dev.millrace.gateway.backend;

import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.MonoSink;

/** Sends messages whenever the server has room, and hands its one answer on. gRPC calls it from one thread at a time. */
final class Sending<Q, A> implements ClientResponseObserver<Q, A> {
    private final Q first;
    private final Calls.Opening<Q> opening;
    private final MonoSink<A> answer;
    private Calls.@Nullable Messages<Q> rest;
    private boolean sent;
    private boolean broken;

    Sending(Q first, Calls.Opening<Q> opening, MonoSink<A> answer) {
        this.first = first;
        this.opening = opening;
        this.answer = answer;
    }

    @Override
    public void beforeStart(ClientCallStreamObserver<Q> call) {
        call.setOnReadyHandler(() -> {
            try {
                send(call);
            } catch (IOException | UncheckedIOException e) {
                end();
                broken = true;
                answer.error(e);
                call.cancel("what was to be sent can't be read", e);
            }
        });
    }

    private void send(ClientCallStreamObserver<Q> call) throws IOException {
        if (sent) {
            return;
        }
        Calls.Messages<Q> messages = rest;
        if (messages == null) {
            messages = opening.open();
            rest = messages;
            call.onNext(first);
        }
        while (call.isReady()) {
            Optional<Q> next = messages.next();
            if (next.isEmpty()) {
                end();
                call.onCompleted();
                return;
            }
            call.onNext(next.get());
        }
    }

    private void end() {
        sent = true;
        Calls.Messages<Q> messages = rest;
        if (messages != null) {
            try {
                messages.close();
            } catch (IOException e) {
                // it was only read
                return;
            }
        }
    }

    @Override
    public void onNext(A message) {
        answer.success(message);
    }

    @Override
    public void onError(Throwable failure) {
        end();
        // a call that we broke off has said why
        if (!broken) {
            answer.error(failure);
        }
    }

    @Override
    public void onCompleted() {
        answer.success();
    }
}
