package dev.millrace.gateway.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.rpc.ErrorInfo;
import dev.millrace.contracts.v1.ChatMessage;
import dev.millrace.contracts.v1.ChatRequest;
import dev.millrace.contracts.v1.CompleteRequest;
import dev.millrace.contracts.v1.ContentPart;
import dev.millrace.contracts.v1.DecodeRequest;
import dev.millrace.contracts.v1.EmbedTextRequest;
import dev.millrace.contracts.v1.EncodeRequest;
import dev.millrace.contracts.v1.GenerateEvent;
import dev.millrace.contracts.v1.Ids;
import dev.millrace.contracts.v1.MillraceGrpc;
import dev.millrace.contracts.v1.ModelInfo;
import dev.millrace.contracts.v1.ModelsRequest;
import dev.millrace.contracts.v1.StopConditions;
import dev.millrace.gateway.FakeBackend;
import dev.millrace.gateway.RunningGateway;
import dev.millrace.testing.Eventually;
import io.grpc.CallOptions;
import io.grpc.ClientInterceptor;
import io.grpc.ClientInterceptors;
import io.grpc.Context;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.protobuf.StatusProto;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.reflection.v1.ServiceResponse;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MillraceServiceTest {
    /** What HTTP/2 starts with: room for some two thousand words of the engine, half of what may wait. */
    private static final int MIN_WINDOW = (1 << 16) - 1;

    private static RunningGateway gateway;
    private static ManagedChannel channel;

    @BeforeAll
    static void start() throws Exception {
        gateway = new RunningGateway();
        channel = Grpc.newChannelBuilder("127.0.0.1:" + gateway.grpcPort(), InsecureChannelCredentials.create())
                .build();
        await(() -> stub(RunningGateway.KEY)
                        .listModels(ModelsRequest.getDefaultInstance())
                        .getModelsCount()
                > 0);
    }

    @AfterAll
    static void stop() {
        channel.shutdownNow();
        gateway.close();
    }

    private static void await(Callable<Boolean> condition) throws Exception {
        try {
            Eventually.holds("see the counts", condition);
        } catch (AssertionError late) {
            throw new AssertionError(
                    gateway.limits.open + " set aside, " + gateway.backend.cancelled + " calls of the engine cancelled",
                    late);
        }
    }

    private static MillraceGrpc.MillraceBlockingStub stub(String key) {
        return MillraceGrpc.newBlockingStub(channel)
                .withInterceptors(withKey(key))
                .withDeadlineAfter(60, TimeUnit.SECONDS);
    }

    private static ClientInterceptor withKey(String key) {
        Metadata metadata = new Metadata();
        metadata.put(Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER), "Bearer " + key);
        return MetadataUtils.newAttachHeadersInterceptor(metadata);
    }

    private static ChatRequest chat(String model) {
        return ChatRequest.newBuilder()
                .setModel(model)
                .addMessages(ChatMessage.newBuilder()
                        .setRole("user")
                        .addContent(ContentPart.newBuilder().setText("Hello")))
                .build();
    }

    private static List<GenerateEvent> all(Iterator<GenerateEvent> events) {
        List<GenerateEvent> list = new ArrayList<>();
        events.forEachRemaining(list::add);
        return list;
    }

    private static StatusRuntimeException refused(Runnable call) {
        return catchThrowableOfType(StatusRuntimeException.class, call::run);
    }

    private static ErrorInfo info(StatusRuntimeException failure) {
        try {
            return Objects.requireNonNull(StatusProto.fromThrowable(failure))
                    .getDetails(0)
                    .unpack(ErrorInfo.class);
        } catch (IOException malformed) {
            throw new AssertionError(malformed);
        }
    }

    @Test
    void a_chat_streams_its_events_and_is_counted_once() {
        gateway.usages.clear();
        List<GenerateEvent> events = all(stub(RunningGateway.KEY).chat(chat(FakeBackend.TINY)));
        assertThat(events.stream().map(event -> event.getDelta().getText()).reduce("", String::concat))
                .isEqualTo("w0 w1 w2 w3");
        assertThat(events.getLast().getFinished().getUsage().getPromptTokens()).isEqualTo("user:Hello\n".length());
        assertThat(gateway.usages).singleElement().satisfies(usage -> {
            assertThat(usage.endpoint()).isEqualTo("grpc:Chat");
            assertThat(usage.completionTokens()).isEqualTo(4);
        });
        assertThat(gateway.limits.open).hasValue(0);
    }

    @Test
    void a_text_or_ids_are_gone_on_with() {
        for (CompleteRequest request : List.of(
                CompleteRequest.newBuilder()
                        .setModel(FakeBackend.TINY)
                        .setText("Hi")
                        .build(),
                CompleteRequest.newBuilder()
                        .setModel(FakeBackend.TINY)
                        .setIds(dev.millrace.contracts.v1.TokenIds.newBuilder()
                                .addIds(72)
                                .addIds(105))
                        .build())) {
            List<GenerateEvent> events = all(stub(RunningGateway.KEY).complete(request));
            assertThat(events.getLast().getFinished().getUsage().getPromptTokens())
                    .isEqualTo(2);
        }
    }

    @Test
    void texts_become_vectors_ids_and_texts_again() {
        MillraceGrpc.MillraceBlockingStub stub = stub(RunningGateway.KEY);
        assertThat(stub.embedText(EmbedTextRequest.newBuilder()
                                .setModel(FakeBackend.TINY)
                                .addTexts("a")
                                .build())
                        .getEmbeddings(0)
                        .getValuesCount())
                .isEqualTo(FakeBackend.WIDTH);
        assertThat(stub.tokenize(EncodeRequest.newBuilder()
                                .setModel(FakeBackend.TINY)
                                .addTexts("Hi")
                                .build())
                        .getEncodings(0)
                        .getIdsList())
                .containsExactly(72, 105);
        assertThat(stub.detokenize(DecodeRequest.newBuilder()
                                .setModel(FakeBackend.TINY)
                                .addSequences(Ids.newBuilder().addIds(72).addIds(105))
                                .build())
                        .getTexts(0))
                .isEqualTo("Hi");
    }

    @Test
    void a_key_sees_its_own_models_only() {
        assertThat(stub(RunningGateway.TINY_ONLY_KEY)
                        .listModels(ModelsRequest.getDefaultInstance())
                        .getModelsList())
                .extracting(ModelInfo::getName)
                .containsExactly(FakeBackend.TINY);
    }

    @Test
    void what_is_wrong_has_the_status_and_the_code_of_the_http_door() {
        StatusRuntimeException noKey =
                refused(() -> MillraceGrpc.newBlockingStub(channel).listModels(ModelsRequest.getDefaultInstance()));
        assertThat(noKey.getStatus().getCode()).isEqualTo(Status.Code.UNAUTHENTICATED);
        assertThat(info(noKey).getReason()).isEqualTo("missing_api_key");

        StatusRuntimeException revoked =
                refused(() -> all(stub(RunningGateway.REVOKED_KEY).chat(chat("tiny"))));
        assertThat(revoked.getStatus().getCode()).isEqualTo(Status.Code.UNAUTHENTICATED);

        StatusRuntimeException forbidden =
                refused(() -> all(stub(RunningGateway.ADMIN_KEY).chat(chat("tiny"))));
        assertThat(forbidden.getStatus().getCode()).isEqualTo(Status.Code.PERMISSION_DENIED);

        StatusRuntimeException unknown =
                refused(() -> all(stub(RunningGateway.KEY).chat(chat("gpt-9"))));
        assertThat(unknown.getStatus().getCode()).isEqualTo(Status.Code.NOT_FOUND);
        assertThat(info(unknown).getReason()).isEqualTo("model_not_found");

        StatusRuntimeException busy = refused(() -> all(stub(RunningGateway.KEY).chat(chat(FakeBackend.BUSY))));
        assertThat(busy.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
        assertThat(info(busy).getMetadataMap()).containsEntry("retry_after_millis", "2500");

        StatusRuntimeException crash =
                refused(() -> all(stub(RunningGateway.KEY).chat(chat(FakeBackend.CRASHES))));
        assertThat(crash.getStatus().getCode()).isEqualTo(Status.Code.INTERNAL);
        assertThat(crash.getStatus().getDescription()).doesNotContain("secret");
    }

    @Test
    void what_cannot_be_meant_is_an_invalid_argument_that_names_the_field() {
        ChatRequest.Builder wizard = chat("tiny").toBuilder();
        wizard.getMessagesBuilder(0).setRole("wizard");
        for (var wrong : List.of(
                java.util.Map.entry("messages[0].role", wizard.build()),
                java.util.Map.entry(
                        "messages", ChatRequest.newBuilder().setModel("tiny").build()),
                java.util.Map.entry("n", chat("tiny").toBuilder().setN(1000).build()),
                java.util.Map.entry("stop.max_tokens", maxTokens(0)),
                java.util.Map.entry("messages", maxTokens(1_000_000_000)))) {
            StatusRuntimeException failure =
                    refused(() -> all(stub(RunningGateway.KEY).chat(wrong.getValue())));
            assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
            assertThat(info(failure).getMetadataMap()).containsEntry("param", wrong.getKey());
        }
    }

    private static ChatRequest maxTokens(int tokens) {
        return chat("tiny").toBuilder()
                .setStop(StopConditions.newBuilder().setMaxTokens(tokens))
                .build();
    }

    @Test
    void a_client_that_cancels_frees_its_engine() throws Exception {
        int before = gateway.backend.cancelled.get();
        int counted = gateway.usages.size();
        Context.CancellableContext context = Context.current().withCancellation();
        context.run(() -> {
            Iterator<GenerateEvent> events = stub(RunningGateway.KEY).chat(chat(FakeBackend.ENDLESS));
            assertThat(events.next().getDelta().getText()).isEqualTo("w0");
        });
        context.cancel(null);
        await(() -> gateway.backend.cancelled.get() == before + 1);
        await(() -> gateway.limits.open.get() == 0);
        await(() -> gateway.usages.size() == counted + 1);
    }

    /** However much of the answer fits into what lies between the gateway and the client. */
    @ParameterizedTest
    @ValueSource(ints = {MIN_WINDOW, 1 << 20})
    void a_client_that_does_not_read_frees_its_engine_and_what_was_set_aside(int windowBytes) throws Exception {
        int before = gateway.backend.cancelled.get();
        int counted = gateway.usages.size();
        ManagedChannel narrow = NettyChannelBuilder.forAddress("127.0.0.1", gateway.grpcPort())
                .usePlaintext()
                .flowControlWindow(windowBytes)
                .build();
        try {
            // asks for one message and never again
            Iterator<GenerateEvent> unread = ClientCalls.blockingServerStreamingCall(
                    ClientInterceptors.intercept(narrow, withKey(RunningGateway.KEY)),
                    MillraceGrpc.getChatMethod(),
                    CallOptions.DEFAULT,
                    chat(FakeBackend.ENDLESS));
            assertThat(unread.next().getDelta().getText()).isEqualTo("w0");
            await(() -> gateway.backend.cancelled.get() == before + 1);
            await(() -> gateway.limits.open.get() == 0);
            await(() -> gateway.usages.size() == counted + 1);
        } finally {
            narrow.shutdownNow();
        }
    }

    @Test
    void health_and_reflection_need_no_key() throws Exception {
        assertThat(HealthGrpc.newBlockingStub(channel)
                        .check(HealthCheckRequest.getDefaultInstance())
                        .getStatus())
                .isEqualTo(ServingStatus.SERVING);
        CompletableFuture<ServerReflectionResponse> answer = new CompletableFuture<>();
        StreamObserver<ServerReflectionRequest> questions = ServerReflectionGrpc.newStub(channel)
                .serverReflectionInfo(new StreamObserver<>() {
                    @Override
                    public void onNext(ServerReflectionResponse response) {
                        answer.complete(response);
                    }

                    @Override
                    public void onError(Throwable failure) {
                        answer.completeExceptionally(failure);
                    }

                    @Override
                    public void onCompleted() {}
                });
        questions.onNext(
                ServerReflectionRequest.newBuilder().setListServices("").build());
        assertThat(answer.get(60, TimeUnit.SECONDS).getListServicesResponse().getServiceList())
                .extracting(ServiceResponse::getName)
                .contains("millrace.v1.Millrace", "grpc.health.v1.Health");
        questions.onCompleted();
    }
}
