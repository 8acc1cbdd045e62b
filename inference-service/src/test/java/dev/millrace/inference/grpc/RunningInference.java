package dev.millrace.inference.grpc;

import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.ErrorInfo;
import dev.millrace.contracts.v1.GenerateEvent;
import dev.millrace.contracts.v1.GenerateRequest;
import dev.millrace.contracts.v1.InferenceGrpc;
import dev.millrace.contracts.v1.ModelInfo;
import dev.millrace.contracts.v1.ModelState;
import dev.millrace.contracts.v1.ModelStats;
import dev.millrace.contracts.v1.ModelsRequest;
import dev.millrace.contracts.v1.PromptPart;
import dev.millrace.contracts.v1.SamplingParameters;
import dev.millrace.contracts.v1.StatsRequest;
import dev.millrace.contracts.v1.StopConditions;
import dev.millrace.contracts.v1.TokenIds;
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
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.StatusProto;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A service over a real connection, with the backend that remembers ids: a new one for each test. */
abstract class RunningInference {
    private static final EngineOptions OPTIONS =
            new EngineOptions(64, 8, 2, 1_000, Duration.ofSeconds(10), true, Speculation.EAGER);

    final HistoryBackend backend = new HistoryBackend(500, 4, 2_000, 64, 64);
    final CountDownLatch loads = new CountDownLatch(1);
    final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final ExecutorService relays = Executors.newVirtualThreadPerTaskExecutor();
    final CountDownLatch cancellation = new CountDownLatch(1);
    private ModelRegistry models = registry();
    private Server server = server();
    ManagedChannel channel = channel();

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

    InferenceGrpc.InferenceBlockingStub client() {
        return InferenceGrpc.newBlockingStub(channel).withDeadlineAfter(60, TimeUnit.SECONDS);
    }

    ModelInfo model(String name) {
        return client().models(ModelsRequest.getDefaultInstance()).getModelsList().stream()
                .filter(model -> model.getName().equals(name))
                .findFirst()
                .orElseThrow();
    }

    ModelStats stats() {
        return client().stats(StatsRequest.getDefaultInstance()).getModels(0);
    }

    static GenerateRequest.Builder request(int maxTokens, Integer... prompt) {
        return GenerateRequest.newBuilder()
                .setRequestId("test")
                .setModel("letters")
                .addPrompt(PromptPart.newBuilder().setIds(TokenIds.newBuilder().addAllIds(List.of(prompt))))
                .setSampling(SamplingParameters.newBuilder().setTemperature(0))
                .setStop(StopConditions.newBuilder().setMaxTokens(maxTokens).setIgnoreEos(true));
    }

    List<GenerateEvent> generate(GenerateRequest request) {
        List<GenerateEvent> events = new ArrayList<>();
        client().generate(request).forEachRemaining(events::add);
        return events;
    }

    StatusRuntimeException refused(GenerateRequest.Builder request) {
        return catchThrowableOfType(StatusRuntimeException.class, () -> generate(request.build()));
    }

    static ErrorInfo info(StatusRuntimeException e) {
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
}
