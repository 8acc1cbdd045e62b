package dev.millrace.gateway.backend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contracts.v1.CheckRequest;
import dev.millrace.contracts.v1.CheckResponse;
import dev.millrace.contracts.v1.RagGrpc;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;

class CallsTest {
    /** Answers within the call itself. */
    private static final class Checks extends RagGrpc.RagImplBase {
        @Override
        public void check(CheckRequest request, StreamObserver<CheckResponse> answer) {
            answer.onNext(CheckResponse.newBuilder().setScore(0.5).build());
            answer.onCompleted();
        }
    }

    @Test
    void an_answer_that_comes_before_it_is_asked_for_waits() throws Exception {
        String name = "calls-" + UUID.randomUUID();
        Server server = InProcessServerBuilder.forName(name)
                .directExecutor()
                .addService(new Checks())
                .build()
                .start();
        ManagedChannel channel =
                InProcessChannelBuilder.forName(name).directExecutor().build();
        try {
            List<CheckResponse> answers = new ArrayList<>();
            BaseSubscriber<CheckResponse> late = new BaseSubscriber<>() {
                @Override
                protected void hookOnSubscribe(Subscription subscription) {}

                @Override
                protected void hookOnNext(CheckResponse answer) {
                    answers.add(answer);
                }
            };
            Calls.unary(channel, RagGrpc.getCheckMethod(), CheckRequest.getDefaultInstance())
                    .subscribe(late);
            assertThat(answers).isEmpty();
            late.request(1);
            assertThat(answers).extracting(CheckResponse::getScore).containsExactly(0.5);
        } finally {
            channel.shutdownNow();
            server.shutdownNow();
        }
    }
}
