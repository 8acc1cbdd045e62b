package dev.millrace.gateway.grpc;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Message;
import dev.millrace.gateway.request.Refusal;
import dev.millrace.gateway.request.Refusal.Kind;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.reactivestreams.Subscription;
import org.springframework.stereotype.Component;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.SignalType;
import reactor.core.scheduler.Schedulers;

/**
 * Reactive streams as gRPC answers: no faster than the client reads, and cancelled when it goes, or takes nothing for too
 * long.
 */
@Component
final class Replies {
    private final Duration writeTimeout;

    Replies(GrpcBounds bounds) {
        this.writeTimeout = bounds.writeTimeout();
    }

    <A> void send(Message request, Mono<A> value, StreamObserver<A> answer) {
        send(request, value.flux(), answer);
    }

    /** To be called on the call's own thread, which knows its metadata. */
    <A> void send(Message request, Flux<A> values, StreamObserver<A> answer) {
        ServerCallStreamObserver<A> call = (ServerCallStreamObserver<A>) answer;
        Reply<A> reply = new Reply<>(call, request.getDescriptorForType(), CallMetadata.REQUEST_ID.get(), writeTimeout);
        call.setOnCancelHandler(reply::dispose);
        call.setOnReadyHandler(reply::ready);
        values.subscribe(reply);
    }

    private static final class Reply<A> extends BaseSubscriber<A> {
        private final ServerCallStreamObserver<A> call;
        private final Descriptor request;
        private final String requestId;
        private final Duration writeTimeout;
        /** Runs out where the client takes nothing. */
        private final Disposable.Swap patience = Disposables.swap();
        /** Whether a value was asked for and has not come. */
        private boolean asked;

        private volatile boolean stalled;

        Reply(ServerCallStreamObserver<A> call, Descriptor request, String requestId, Duration writeTimeout) {
            this.call = call;
            this.request = request;
            this.requestId = requestId;
            this.writeTimeout = writeTimeout;
        }

        @Override
        protected void hookOnSubscribe(Subscription subscription) {
            ready();
        }

        void ready() {
            synchronized (this) {
                if (asked) {
                    return;
                }
                if (!call.isReady()) {
                    patience.update(Schedulers.parallel()
                            .schedule(this::giveUp, writeTimeout.toMillis(), TimeUnit.MILLISECONDS));
                    return;
                }
                patience.update(Disposables.disposed());
                asked = true;
            }
            request(1);
        }

        private void giveUp() {
            stalled = true;
            dispose();
        }

        @Override
        protected void hookOnCancel() {
            if (stalled) {
                hookOnError(Refusal.of(
                                Kind.CLIENT_GONE,
                                "too_slow",
                                "the answer was cancelled: it was read too slowly, and nothing more fitted in within "
                                        + writeTimeout.toMillis() + " ms")
                        .exception());
            }
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
                call.onError(Statuses.of(failure, requestId, request));
            }
        }

        @Override
        protected void hookOnComplete() {
            synchronized (this) {
                call.onCompleted();
            }
        }

        @Override
        protected void hookFinally(SignalType how) {
            patience.dispose();
        }
    }
}
