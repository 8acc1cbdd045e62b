package dev.millrace.gateway.backend;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.MethodDescriptor;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ClientResponseObserver;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxSink;
import reactor.core.publisher.Mono;

/** gRPC calls as reactive streams: cancelled when their subscriber goes, with refusals as errors. */
final class Calls {
    private Calls() {}

    static <Q, A> Mono<A> unary(Channel channel, MethodDescriptor<Q, A> method, Q request) {
        return Mono.<A>create(sink -> ClientCalls.asyncUnaryCall(
                        channel.newCall(method, CallOptions.DEFAULT), request, new ClientResponseObserver<Q, A>() {
                            @Override
                            public void beforeStart(ClientCallStreamObserver<Q> call) {
                                sink.onCancel(() -> call.cancel("the client went away", null));
                            }

                            @Override
                            public void onNext(A answer) {
                                sink.success(answer);
                            }

                            @Override
                            public void onError(Throwable failure) {
                                sink.error(failure);
                            }

                            @Override
                            public void onCompleted() {
                                sink.success();
                            }
                        }))
                .onErrorMap(Failures::refused);
    }

    /**
     * A server's stream. It is read as fast as it comes, so that a slow subscriber never holds up the server;
     * what the subscriber has not asked for waits.
     *
     * @param maxWaiting messages that may wait; one more cancels the call, and the stream ends as too slow
     */
    static <Q, A> Flux<A> stream(Channel channel, MethodDescriptor<Q, A> method, Q request, int maxWaiting) {
        return Flux.<A>push(sink -> ClientCalls.asyncServerStreamingCall(
                        channel.newCall(method, CallOptions.DEFAULT), request, observer(sink)))
                .onErrorMap(Failures::refused)
                .onBackpressureBuffer(maxWaiting)
                .onErrorMap(Failures::tooSlow);
    }

    private static <Q, A> ClientResponseObserver<Q, A> observer(FluxSink<A> sink) {
        return new ClientResponseObserver<>() {
            @Override
            public void beforeStart(ClientCallStreamObserver<Q> call) {
                sink.onCancel(() -> call.cancel("the client went away", null));
            }

            @Override
            public void onNext(A message) {
                sink.next(message);
            }

            @Override
            public void onError(Throwable failure) {
                sink.error(failure);
            }

            @Override
            public void onCompleted() {
                sink.complete();
            }
        };
    }
}
