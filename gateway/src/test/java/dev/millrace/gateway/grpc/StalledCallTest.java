package dev.millrace.gateway.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.millrace.contracts.v1.ChatMessage;
import dev.millrace.contracts.v1.ChatRequest;
import dev.millrace.contracts.v1.ContentPart;
import dev.millrace.contracts.v1.GenerateEvent;
import dev.millrace.contracts.v1.MillraceGrpc;
import dev.millrace.contracts.v1.ModelsRequest;
import dev.millrace.gateway.FakeBackend;
import dev.millrace.gateway.RunningGateway;
import dev.millrace.testing.Eventually;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import java.util.Iterator;
import org.junit.jupiter.api.Test;

class StalledCallTest {
    @Test
    void a_client_that_does_not_take_what_was_sent_is_dropped_in_time() throws Exception {
        // so many events may wait that it is time, not their number, that ends the answer
        try (RunningGateway gateway = new RunningGateway(
                "millrace.inference.max-waiting-events=100000000", "millrace.grpc.write-timeout=300ms")) {
            ManagedChannel channel = NettyChannelBuilder.forAddress("127.0.0.1", gateway.grpcPort())
                    .usePlaintext()
                    .flowControlWindow((1 << 16) - 1)
                    .build();
            try {
                Metadata key = new Metadata();
                key.put(
                        Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER),
                        "Bearer " + RunningGateway.KEY);
                MillraceGrpc.MillraceBlockingStub stub = MillraceGrpc.newBlockingStub(channel)
                        .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(key));
                Eventually.holds("the model is known", () -> knows(stub, FakeBackend.ENDLESS));
                Iterator<GenerateEvent> events = stub.chat(ChatRequest.newBuilder()
                        .setModel(FakeBackend.ENDLESS)
                        .addMessages(ChatMessage.newBuilder()
                                .setRole("user")
                                .addContent(ContentPart.newBuilder().setText("Hello")))
                        .build());
                assertThat(events.next().getDelta().getText()).isEqualTo("w0");
                Eventually.holds("the engine is freed", () -> gateway.backend.cancelled.get() == 1);
                Eventually.holds("the request is counted", () -> !gateway.usages.isEmpty());
                assertThat(gateway.limits.open).hasValue(0);
                assertThat(gateway.usages)
                        .singleElement()
                        .satisfies(usage -> assertThat(usage.status()).isEqualTo(499));
                StatusRuntimeException told =
                        catchThrowableOfType(StatusRuntimeException.class, () -> events.forEachRemaining(_ -> {}));
                assertThat(told.getStatus().getCode()).isEqualTo(Status.Code.CANCELLED);
                assertThat(told.getStatus().getDescription())
                        .contains("read too slowly")
                        .contains("300 ms");
            } finally {
                channel.shutdownNow();
            }
        }
    }

    private static boolean knows(MillraceGrpc.MillraceBlockingStub stub, String model) {
        return stub.listModels(ModelsRequest.getDefaultInstance()).getModelsList().stream()
                .anyMatch(served -> served.getName().equals(model));
    }
}
