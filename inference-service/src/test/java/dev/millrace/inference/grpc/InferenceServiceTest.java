package dev.millrace.inference.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.ErrorInfo;
import dev.millrace.contracts.v1.EmbedRequest;
import dev.millrace.contracts.v1.EmbedResponse;
import dev.millrace.contracts.v1.FinishReason;
import dev.millrace.contracts.v1.GenerateEvent;
import dev.millrace.contracts.v1.GenerateRequest;
import dev.millrace.contracts.v1.InferenceGrpc;
import dev.millrace.contracts.v1.ModelInfo;
import dev.millrace.contracts.v1.ModelState;
import dev.millrace.contracts.v1.ModelStats;
import dev.millrace.contracts.v1.ModelsRequest;
import dev.millrace.contracts.v1.PromptEmbeddings;
import dev.millrace.contracts.v1.PromptPart;
import dev.millrace.contracts.v1.SamplingParameters;
import dev.millrace.contracts.v1.ScoreRequest;
import dev.millrace.contracts.v1.ScoreResponse;
import dev.millrace.contracts.v1.StatsRequest;
import dev.millrace.contracts.v1.StopConditions;
import dev.millrace.contracts.v1.TokenIds;
import dev.millrace.contracts.v1.Usage;
import dev.millrace.inference.engine.Alphabet;
import dev.millrace.inference.engine.EngineOptions;
import dev.millrace.inference.engine.HistoryBackend;
import dev.millrace.inference.engine.Speculation;
import dev.millrace.inference.models.LoadedModel;
import dev.millrace.inference.models.ModelRegistry;
import dev.millrace.inference.models.SamplingDefaults;
import dev.millrace.inference.models.SamplingDefaults.Parameter;
import dev.millrace.kernels.compute.KernelOptions;
import dev.millrace.kernels.compute.Providers;
import dev.millrace.testing.Eventually;
import io.grpc.Context;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The service as its clients see it, over a real connection, with the backend that remembers ids. */
class InferenceServiceTest {
    private static final EngineOptions OPTIONS =
            new EngineOptions(64, 8, 2, 1_000, Duration.ofSeconds(10), true, Speculation.EAGER);

    private final HistoryBackend backend = new HistoryBackend(500, 4, 2_000, 64, 64);
    private final CountDownLatch loads = new CountDownLatch(1);
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final ExecutorService relays = Executors.newVirtualThreadPerTaskExecutor();
    private final CountDownLatch cancellation = new CountDownLatch(1);
    private ModelRegistry models = registry();
    private Server server = server();
    private ManagedChannel channel = channel();

    private ModelRegistry registry() {
        Map<String, Path> paths = new LinkedHashMap<>();
        paths.put("letters", Path.of("letters"));
        paths.put("absent", Path.of("absent"));
        paths.put("late", Path.of("late"));
        return new ModelRegistry(
                paths,
                () -> Providers.choose(new KernelOptions(Optional.of("scalar"), 1, KernelOptions.Activations.FLOAT32))
                        .kernels(),
                (name, path, kernels) -> switch (name) {
                    case "letters" -> new LoadedModel(name, backend, Alphabet.of(64), false, SamplingDefaults.NONE);
                    case "late" -> late(name);
                    default -> throw new IOException(path + " is not there");
                },
                OPTIONS);
    }

    private LoadedModel late(String name) {
        try {
            loads.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        SamplingDefaults greedy =
                SamplingDefaults.NONE.with(Parameter.TEMPERATURE, 0).with(Parameter.TOP_K, 20);
        return new LoadedModel(name, new HistoryBackend(4, 4, 16, 64, 64), Alphabet.of(64), false, greedy);
    }

    private Server server() {
        InferenceService service = new InferenceService(
                models, new Meters(meters, models), RandomGenerator.of("L64X128MixRandom"), relays);
        try {
            return NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                    .addService(service)
                    .intercept(new Cancellations(cancellation))
                    .build()
                    .start();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private ManagedChannel channel() {
        // a small window, so that a client that doesn't read is felt soon
        return NettyChannelBuilder.forAddress("127.0.0.1", server.getPort())
                .usePlaintext()
                .flowControlWindow(8 * 1024)
                .build();
    }

    @BeforeEach
    void awaitFirstModel() throws InterruptedException {
        while (model("absent").getState() == ModelState.MODEL_STATE_LOADING) {
            Thread.sleep(5);
        }
    }

    @AfterEach
    void close() throws InterruptedException {
        loads.countDown();
        channel.shutdownNow();
        server.shutdownNow().awaitTermination();
        models.close();
        relays.close();
    }

    private InferenceGrpc.InferenceBlockingStub client() {
        return InferenceGrpc.newBlockingStub(channel).withDeadlineAfter(60, TimeUnit.SECONDS);
    }

    private ModelInfo model(String name) {
        return client().models(ModelsRequest.getDefaultInstance()).getModelsList().stream()
                .filter(model -> model.getName().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private ModelStats stats() {
        return client().stats(StatsRequest.getDefaultInstance()).getModels(0);
    }

    private static GenerateRequest.Builder request(int maxTokens, Integer... prompt) {
        return GenerateRequest.newBuilder()
                .setRequestId("test")
                .setModel("letters")
                .addPrompt(PromptPart.newBuilder().setIds(TokenIds.newBuilder().addAllIds(List.of(prompt))))
                .setSampling(SamplingParameters.newBuilder().setTemperature(0))
                .setStop(StopConditions.newBuilder().setMaxTokens(maxTokens).setIgnoreEos(true));
    }

    private List<GenerateEvent> generate(GenerateRequest request) {
        List<GenerateEvent> events = new ArrayList<>();
        client().generate(request).forEachRemaining(events::add);
        return events;
    }

    private StatusRuntimeException refused(GenerateRequest.Builder request) {
        return catchThrowableOfType(StatusRuntimeException.class, () -> generate(request.build()));
    }

    private static ErrorInfo info(StatusRuntimeException e) {
        com.google.rpc.Status status = Objects.requireNonNull(StatusProto.fromThrowable(e), "no details");
        for (Any detail : status.getDetailsList()) {
            if (detail.is(ErrorInfo.class)) {
                try {
                    return detail.unpack(ErrorInfo.class);
                } catch (InvalidProtocolBufferException broken) {
                    throw new AssertionError(broken);
                }
            }
        }
        throw new AssertionError("no ErrorInfo in " + e);
    }

    @Test
    void an_answer_comes_token_by_token_and_ends_with_its_usage() {
        List<GenerateEvent> events = generate(request(5, 2, 3, 4).build());
        assertThat(events)
                .extracting(GenerateEvent::getEventCase)
                .containsExactly(
                        GenerateEvent.EventCase.DELTA,
                        GenerateEvent.EventCase.DELTA,
                        GenerateEvent.EventCase.DELTA,
                        GenerateEvent.EventCase.DELTA,
                        GenerateEvent.EventCase.DELTA,
                        GenerateEvent.EventCase.CHOICE_FINISHED,
                        GenerateEvent.EventCase.FINISHED);
        assertThat(events.get(5).getChoiceFinished().getReason()).isEqualTo(FinishReason.FINISH_REASON_LENGTH);
        assertThat(events.getLast().getFinished().getUsage().getPromptTokens()).isEqualTo(3);
        assertThat(events.getLast().getFinished().getUsage().getCompletionTokens())
                .isEqualTo(5);
        assertThat(stats().getRequestsFinished()).isEqualTo(1);
        assertThat(stats().getBlocksUsed()).isZero();
    }

    @Test
    void every_field_that_cannot_be_is_named() {
        assertInvalid(request(0, 2), "max_tokens", "max_tokens must be 1 or more, was 0");
        assertInvalid(request(-1, 2), "max_tokens", "max_tokens must be 1 or more, was -1");
        assertInvalid(request(1), "prompt", "prompt must hold at least one token, was empty");
        assertInvalid(request(1, 64), "prompt", "prompt must hold token ids from 0 to 63, holds 64");
        assertInvalid(request(1, 2).setN(1000), "n", "n must be from 1 to 128, was 1000");
        assertInvalid(sampling(s -> s.setTemperature(-1)), "temperature", "temperature must be from 0 to 2, was -1.0");
        assertInvalid(
                sampling(s -> s.setTemperature(Float.NaN)), "temperature", "temperature must be from 0 to 2, was NaN");
        assertInvalid(sampling(s -> s.setTopP(2)), "top_p", "top_p must be more than 0 and at most 1, was 2.0");
        assertInvalid(
                sampling(s -> s.setTopLogprobs(100)), "top_logprobs", "top_logprobs must be from 0 to 20, was 100");
        assertInvalid(
                sampling(s -> s.putLogitBias(99, 1)),
                "logit_bias",
                "logit_bias must hold token ids from 0 to 63, holds 99");
        GenerateRequest.Builder stops = request(1, 2);
        for (int i = 0; i < 100; i++) {
            stops.getStopBuilder().addStrings("s" + i);
        }
        assertInvalid(stops, "stop", "stop must hold at most 16 strings, was 100");
        assertThat(generate(request(1, 2).build())).isNotEmpty();
    }

    private static GenerateRequest.Builder sampling(java.util.function.Consumer<SamplingParameters.Builder> change) {
        GenerateRequest.Builder request = request(1, 2);
        change.accept(request.getSamplingBuilder());
        return request;
    }

    private void assertInvalid(GenerateRequest.Builder request, String param, String message) {
        StatusRuntimeException e = refused(request);
        assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(e.getStatus().getDescription()).isEqualTo(message);
        assertThat(info(e).getReason()).isEqualTo("invalid_value");
        assertThat(info(e).getDomain()).isEqualTo("millrace.dev");
        assertThat(info(e).getMetadataOrThrow("param")).isEqualTo(param);
    }

    @Test
    void a_prompt_that_can_never_fit_is_refused_with_both_numbers() {
        StatusRuntimeException e = refused(request(1_999, 2, 3));
        assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(info(e).getReason()).isEqualTo("context_length_exceeded");
        assertThat(info(e).getMetadataMap())
                .containsEntry("prompt_tokens", "2")
                .containsEntry("max_tokens", "1999")
                .containsEntry("limit", "2000");
    }

    @Test
    void models_that_are_not_there_say_why() throws InterruptedException {
        StatusRuntimeException unknown = refused(request(1, 2).setModel("nobody"));
        assertThat(unknown.getStatus().getCode()).isEqualTo(Status.Code.NOT_FOUND);
        assertThat(info(unknown).getReason()).isEqualTo("model_not_found");
        StatusRuntimeException loading = refused(request(1, 2).setModel("late"));
        assertThat(loading.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
        assertThat(info(loading).getReason()).isEqualTo("model_loading");
        StatusRuntimeException failed = refused(request(1, 2).setModel("absent"));
        assertThat(failed.getStatus().getDescription()).contains("absent is not there");
        assertThat(model("letters").getBlockTokens()).isEqualTo(4);
        assertThat(model("letters").getContextTokens()).isEqualTo(2_000);
        loads.countDown();
        while (model("late").getState() != ModelState.MODEL_STATE_READY) {
            Thread.sleep(5);
        }
    }

    @Test
    void a_models_own_sampling_is_reported_and_holds_where_a_request_does_not_say() throws InterruptedException {
        loads.countDown();
        while (model("late").getState() != ModelState.MODEL_STATE_READY) {
            Thread.sleep(5);
        }
        assertThat(model("late").getDefaultSampling())
                .isEqualTo(SamplingParameters.newBuilder()
                        .setTemperature(0)
                        .setTopK(20)
                        .setTopP(1)
                        .setMinP(0)
                        .setRepetitionPenalty(1)
                        .build());
        GenerateRequest.Builder request = request(8, 2, 3).setModel("late");
        GenerateRequest.Builder silent = request.clone().clearSampling();

        assertThat(ids(silent)).isEqualTo(ids(request));
        // drawn by other seeds from 64 tokens that are as likely as each other: they can't all agree by chance
        request.getSamplingBuilder().setTemperature(2).setTopK(0);
        assertThat(List.of(ids(request), ids(request), ids(request))).doesNotHaveDuplicates();
    }

    private List<Integer> ids(GenerateRequest.Builder request) {
        return generate(request.build()).stream()
                .flatMap(event -> event.getDelta().getIdsList().stream())
                .toList();
    }

    @Test
    void a_full_queue_says_when_to_come_again() throws InterruptedException {
        CountDownLatch held = new CountDownLatch(1);
        backend.beforeEachStep(step -> await(held));
        CountDownLatch done = new CountDownLatch(20);
        AtomicInteger overloaded = new AtomicInteger();
        for (int i = 0; i < 20; i++) {
            Thread.startVirtualThread(() -> {
                try {
                    generate(request(2, 5, 6).build());
                } catch (StatusRuntimeException e) {
                    assertThat(info(e).getReason()).isEqualTo("overloaded");
                    assertThat(Long.parseLong(info(e).getMetadataOrThrow("retry_after_millis")))
                            .isBetween(1_000L, 60_000L);
                    overloaded.incrementAndGet();
                    held.countDown();
                } finally {
                    done.countDown();
                }
            });
        }
        assertThat(done.await(60, TimeUnit.SECONDS)).isTrue();
        assertThat(overloaded.get()).isPositive();
        assertThat(stats().getRequestsFinished()).isEqualTo(20 - overloaded.get());
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(60, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void the_blocks_of_a_client_that_goes_away_are_free_within_one_step() throws InterruptedException {
        CountDownLatch gone = new CountDownLatch(1);
        AtomicInteger steps = new AtomicInteger();
        backend.beforeEachStep(step -> {
            if (steps.incrementAndGet() == 20) {
                // in the middle of a step
                await(gone);
            }
        });
        Context.CancellableContext context = Context.current().withCancellation();
        context.run(() -> {
            Iterator<GenerateEvent> events =
                    client().generate(request(1_500, 2, 3).build());
            events.next();
        });
        while (steps.get() < 20) {
            Thread.sleep(1);
        }
        assertThat(stats().getBlocksUsed()).isPositive();
        context.cancel(null);
        await(cancellation);
        gone.countDown();
        while (stats().getRequestsCancelled() == 0) {
            Thread.sleep(1);
        }
        assertThat(stats().getBlocksUsed()).isZero();
        assertThat(stats().getSteps()).isEqualTo(20);
    }

    @Test
    void a_client_that_stops_reading_is_ended_and_holds_up_no_one() throws Exception {
        CountDownLatch first = new CountDownLatch(1);
        CountDownLatch ended = new CountDownLatch(1);
        List<ClientCallStreamObserver<GenerateRequest>> calls = new ArrayList<>();
        GenerateRequest.Builder flood = request(1_900, 2, 3);
        flood.getSamplingBuilder().setTopLogprobs(20);
        InferenceGrpc.newStub(channel)
                .generate(flood.build(), new ClientResponseObserver<GenerateRequest, GenerateEvent>() {
                    @Override
                    public void beforeStart(ClientCallStreamObserver<GenerateRequest> call) {
                        calls.add(call);
                        call.disableAutoRequestWithInitial(1);
                    }

                    @Override
                    public void onNext(GenerateEvent event) {
                        first.countDown();
                    }

                    @Override
                    public void onError(Throwable error) {
                        ended.countDown();
                    }

                    @Override
                    public void onCompleted() {}
                });
        assertThat(first.await(60, TimeUnit.SECONDS)).isTrue();
        while (stats().getRequestsFailed() == 0) {
            // others are served all the while
            assertThat(generate(request(3, 9, 9).build())).isNotEmpty();
        }
        assertThat(stats().getRequestsFailed()).isEqualTo(1);
        Eventually.holds("nothing is left", () -> stats().getBlocksUsed() == 0);
        calls.getFirst().request(10_000);
        assertThat(ended.await(60, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void scores_and_vectors_come_in_the_order_of_what_was_asked() {
        ScoreResponse scores = client().score(ScoreRequest.newBuilder()
                .setModel("letters")
                .addAllIds(List.of(2, 3, 4))
                .setTopLogprobs(2)
                .build());
        assertThat(scores.getLogprobsCount()).isEqualTo(3);
        assertThat(scores.getLogprobs(0).getLogprob()).isNaN();
        assertThat(scores.getLogprobs(1).getTopCount()).isEqualTo(2);
        assertThat(scores.getLogprobs(1).getToken().toStringUtf8()).isEqualTo("b");
        EmbedResponse both = client().embed(EmbedRequest.newBuilder()
                .setModel("letters")
                .addInputs(TokenIds.newBuilder().addAllIds(List.of(2, 3, 4, 5, 6)))
                .addInputs(TokenIds.newBuilder().addIds(7))
                .build());
        EmbedResponse second = client().embed(EmbedRequest.newBuilder()
                .setModel("letters")
                .addInputs(TokenIds.newBuilder().addIds(7))
                .build());
        assertThat(both.getPromptTokens()).isEqualTo(6);
        assertThat(both.getEmbeddings(1)).isEqualTo(second.getEmbeddings(0));
    }

    @Test
    void embeddings_stand_where_tokens_would_and_are_told_apart_in_the_cache() {
        GenerateRequest one = withEmbedding(1f, "one");
        List<GenerateEvent> first = generate(one);
        List<GenerateEvent> again = generate(one);
        List<GenerateEvent> other = generate(withEmbedding(2f, "two"));
        assertThat(text(again)).isEqualTo(text(first));
        assertThat(again.getLast().getFinished().getUsage().getCachedTokens()).isEqualTo(8);
        assertThat(text(other)).isNotEqualTo(text(first));
        assertThat(other.getLast().getFinished().getUsage().getCachedTokens()).isZero();
        GenerateRequest.Builder narrow = withEmbedding(1f, "one").toBuilder();
        narrow.getPromptBuilder(0).getEmbeddingsBuilder().setWidth(2).setValues(ByteString.copyFrom(new byte[8]));
        assertThat(refused(narrow).getStatus().getDescription())
                .isEqualTo("embeddings must be as wide as the model, 4 elements, were 2");
    }

    private static GenerateRequest withEmbedding(float value, String digest) {
        java.nio.ByteBuffer values = java.nio.ByteBuffer.allocate(16)
                .order(java.nio.ByteOrder.LITTLE_ENDIAN)
                .putFloat(value);
        GenerateRequest.Builder request = request(12, 2, 3, 4, 5, 6, 7, 8, 9);
        return request.addPrompt(
                        0,
                        PromptPart.newBuilder()
                                .setEmbeddings(PromptEmbeddings.newBuilder()
                                        .setRows(1)
                                        .setWidth(4)
                                        .setValues(ByteString.copyFrom(values.rewind()))
                                        .setDigest(ByteString.copyFromUtf8(digest))))
                .build();
    }

    private static String text(List<GenerateEvent> events) {
        StringBuilder text = new StringBuilder();
        events.forEach(event -> text.append(event.getDelta().getText()));
        return text.toString();
    }

    @Test
    void metrics_carry_the_names_that_dashboards_know() {
        generate(request(5, 2, 3, 4).build());
        assertThat(meters.get("vllm:generation_tokens")
                        .tag("model_name", "letters")
                        .functionCounter()
                        .count())
                .isEqualTo(5);
        assertThat(meters.get("vllm:time_to_first_token").timer().count()).isEqualTo(1);
        assertThat(meters.get("vllm:inter_token_latency").timer().count()).isEqualTo(4);
        assertThat(meters.get("vllm:num_requests_running").gauge().value()).isZero();
        assertThat(meters.get("vllm:kv_cache_usage_perc").gauge().value()).isZero();
    }

    @Test
    void what_speculation_did_is_in_the_usage_in_the_stats_and_in_the_metrics() {
        backend.withHabit(20);
        // it goes round in thirty
        Integer[] prompt = new Integer[40];
        prompt[0] = 2;
        for (int i = 1; i < prompt.length; i++) {
            prompt[i] = HistoryBackend.habitual(prompt[i - 1], 64);
        }
        Usage usage =
                generate(request(30, prompt).build()).getLast().getFinished().getUsage();
        assertThat(usage.getCompletionTokens()).isEqualTo(30);
        assertThat(usage.getAcceptedTokens()).isBetween(10, 29);
        assertThat(usage.getDraftedTokens()).isGreaterThanOrEqualTo(usage.getAcceptedTokens());
        assertThat(counted("vllm:spec_decode_num_accepted_tokens")).isEqualTo(usage.getAcceptedTokens());
        assertThat(counted("vllm:spec_decode_num_draft_tokens")).isEqualTo(usage.getDraftedTokens());
        assertThat(counted("vllm:spec_decode_num_drafts")).isBetween(1.0, (double) usage.getDraftedTokens());
        ModelStats stats = client().stats(StatsRequest.getDefaultInstance()).getModels(0);
        assertThat(stats.getAcceptedTokens()).isEqualTo(usage.getAcceptedTokens());
        assertThat(stats.getDraftedTokens()).isEqualTo(usage.getDraftedTokens());
    }

    private double counted(String meter) {
        return meters.get(meter).tag("model_name", "letters").functionCounter().count();
    }
}
