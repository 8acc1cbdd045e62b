package dev.millrace.gateway.grpc;

import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Reactive streams as gRPC answers: no faster than the client reads, and cancelled when it goes. */
final class Replies {
    private Replies() {}

    static <A> void send(Mono<A> value, StreamObserver<A> answer, String requestId) {
        send(value.flux(), answer, requestId);
    }

    static <A> void send(Flux<A> values, StreamObserver<A> answer, String requestId) {
        ServerCallStreamObserver<A> call = (ServerCallStreamObserver<A>) answer;
        Reply<A> reply = new Reply<>(call, requestId);
        call.setOnCancelHandler(reply::dispose);
        call.setOnReadyHandler(reply::ready);
        values.subscribe(reply);
    }

    private static final class Reply<A> extends BaseSubscriber<A> {
        private final ServerCallStreamObserver<A> call;
        private final String requestId;
        /** Whether a value was asked for and has not come. */
        private boolean asked;

        Reply(ServerCallStreamObserver<A> call, String requestId) {
            this.call = call;
            this.requestId = requestId;
        }

        @Override
        protected void hookOnSubscribe(Subscription subscription) {
            ready();
        }

        void ready() {
            synchronized (this) {
                if (asked || !call.isReady()) {
                    return;
                }
                asked = true;
            }
            request(1);
        }

        @Override
        protected void hookOnNext(A value) {
            synchronized (this) {
                asked = false;
                if (!call.isCancelled()) {
                    call.onNext(value);
                }
            }
            ready();
        }

        @Override
        protected void hookOnError(Throwable failure) {
            synchronized (this) {
                call.onError(Statuses.of(failure, requestId));
            }
        }

        @Override
        protected void hookOnComplete() {
            synchronized (this) {
                call.onCompleted();
            }
        }
    }
}
