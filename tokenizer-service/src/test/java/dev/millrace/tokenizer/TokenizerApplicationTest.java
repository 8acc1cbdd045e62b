package dev.millrace.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contracts.v1.EncodeRequest;
import dev.millrace.contracts.v1.TokenizerGrpc;
import dev.millrace.tokenizer.vocabulary.TestModels;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.inprocess.InProcessChannelBuilder;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.context.ConfigurableApplicationContext;

class TokenizerApplicationTest {
    @TempDir
    Path home;

    private ConfigurableApplicationContext start(WebApplicationType type, String... further) throws IOException {
        SpringApplication application = TokenizerApplication.create();
        application.setWebApplicationType(type);
        List<String> arguments = new ArrayList<>(List.of(further));
        arguments.add("--millrace.home=" + home);
        arguments.add("--millrace.models=small=" + TestModels.byteLevel("qwen2", home.resolve("small.gguf"))
                + ",absent=" + home.resolve("absent.gguf"));
        return application.run(arguments.toArray(String[]::new));
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private static int count(ManagedChannel channel) {
        return TokenizerGrpc.newBlockingStub(channel)
                .encode(EncodeRequest.newBuilder()
                        .setModel("small")
                        .addTexts("hello")
                        .build())
                .getEncodings(0)
                .getIdsCount();
    }

    @Test
    void a_process_of_its_own_answers_grpc_and_tells_its_health_over_both_ports()
            throws IOException, InterruptedException {
        int grpcPort = freePort();
        int httpPort = freePort();
        try (ConfigurableApplicationContext context = start(
                WebApplicationType.REACTIVE,
                "--spring.grpc.server.address=127.0.0.1",
                "--spring.grpc.server.port=" + grpcPort,
                "--server.address=127.0.0.1",
                "--server.port=" + httpPort)) {
            assertThat(context.isRunning()).isTrue();
            String ready = "";
            while (!ready.contains("\"small\":\"ready\"")) {
                Thread.sleep(20);
                ready = get(httpPort, "/actuator/health/readiness");
            }
            assertThat(ready).contains("\"status\":\"UP\"").contains("there is no file");
            assertThat(get(httpPort, "/actuator/health/liveness")).contains("\"status\":\"UP\"");
            assertThat(get(httpPort, "/actuator/prometheus")).contains("jvm_memory_used_bytes");
            ManagedChannel channel = ManagedChannelBuilder.forAddress("127.0.0.1", grpcPort)
                    .usePlaintext()
                    .build();
            try {
                assertThat(count(channel)).isPositive();
                assertThat(HealthGrpc.newBlockingStub(channel)
                                .check(HealthCheckRequest.getDefaultInstance())
                                .getStatus())
                        .isEqualTo(ServingStatus.SERVING);
            } finally {
                channel.shutdownNow();
            }
        }
        try (Stream<Path> files = Files.list(home.resolve("cache").resolve("tokenizers"))) {
            assertThat(files).hasSize(1);
        }
    }

    private static String get(int port, String path) throws IOException, InterruptedException {
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(
                            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString())
                    .body();
        }
    }

    @Test
    void within_another_process_it_answers_without_a_socket() throws IOException, InterruptedException {
        try (ConfigurableApplicationContext context = start(
                WebApplicationType.NONE,
                "--spring.grpc.server.inprocess.name=tokenizer-test",
                "--spring.grpc.server.address=127.0.0.1",
                "--spring.grpc.server.port=0")) {
            assertThat(context.isRunning()).isTrue();
            ManagedChannel channel =
                    InProcessChannelBuilder.forName("tokenizer-test").build();
            try {
                int ids = 0;
                while (ids == 0) {
                    try {
                        ids = count(channel);
                    } catch (StatusRuntimeException loading) {
                        Thread.sleep(10);
                    }
                }
                assertThat(ids).isPositive();
            } finally {
                channel.shutdownNow();
            }
        }
    }
}
