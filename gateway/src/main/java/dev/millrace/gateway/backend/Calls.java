package dev.millrace.gateway.backend;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.MethodDescriptor;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** gRPC calls as reactive streams: cancelled when their subscriber goes, with refusals as errors. */
final class Calls {
    private Calls() {}

    static <Q, A> Mono<A> unary(Channel channel, MethodDescriptor<Q, A> method, Q request) {
        return unary(channel, method, request, Failures.Peer.ENGINE);
    }

    static <Q, A> Mono<A> unary(Channel channel, MethodDescriptor<Q, A> method, Q request, Failures.Peer peer) {
        return Mono.<A>create(sink -> {
                    ClientCall<Q, A> call = channel.newCall(method, CallOptions.DEFAULT);
                    ClientCalls.asyncUnaryCall(call, request, new StreamObserver<>() {
                        private boolean answered;

                        @Override
                        public void onNext(A answer) {
                            answered = true;
                            sink.success(answer);
                        }

                        @Override
                        public void onError(Throwable failure) {
                            sink.error(failure);
                        }

                        @Override
                        public void onCompleted() {
                            // an end would take an answer back that nobody has asked for yet
                            if (!answered) {
                                sink.success();
                            }
                        }
                    });
                    sink.onCancel(() -> cancel(call));
                })
                .onErrorMap(failure -> Failures.refused(failure, peer));
    }

    /**
     * A server's stream. It is read as fast as it comes, so that a slow subscriber never holds up the server: what the
     * subscriber has not asked for waits, and it is for the subscriber to bound that.
     */
    static <Q, A> Flux<A> stream(Channel channel, MethodDescriptor<Q, A> method, Q request) {
        return stream(channel, method, request, Failures.Peer.ENGINE);
    }

    static <Q, A> Flux<A> stream(Channel channel, MethodDescriptor<Q, A> method, Q request, Failures.Peer peer) {
        return Flux.<A>push(sink -> {
                    ClientCall<Q, A> call = channel.newCall(method, CallOptions.DEFAULT);
                    ClientCalls.asyncServerStreamingCall(call, request, new StreamObserver<>() {
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
                    });
                    sink.onCancel(() -> cancel(call));
                })
                .onErrorMap(failure -> Failures.refused(failure, peer));
    }

    /** Only of calls that have been started: one that was cancelled before can't be. */
    private static void cancel(ClientCall<?, ?> call) {
        call.cancel("the client went away", null);
    }
}
