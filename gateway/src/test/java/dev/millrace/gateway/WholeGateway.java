package dev.millrace.gateway;

import dev.millrace.gateway.keys.KeyRegister;
import dev.millrace.gateway.keys.NewKey;
import dev.millrace.gateway.keys.Scope;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The gateway as it runs, with its real stores, in front of a {@link FakeBackend}. */
public final class WholeGateway implements AutoCloseable {
    private static final JsonMapper JSON = new JsonMapper();

    private final ConfigurableApplicationContext context;
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    public final String adminKey;

    /**
     * @param journal where usage waits
     * @param properties {@code name=value}
     */
    public WholeGateway(String jdbcUrl, String kafka, FakeBackend backend, Path journal, String... properties)
            throws SQLException {
        List<String> arguments = new ArrayList<>(List.of(
                "server.port=0",
                "server.address=127.0.0.1",
                "management.server.port=0",
                "management.server.address=127.0.0.1",
                "spring.grpc.server.port=0",
                "spring.grpc.server.address=127.0.0.1",
                "spring.datasource.url=" + jdbcUrl,
                "spring.datasource.username=postgres",
                "spring.datasource.password=postgres",
                "spring.kafka.bootstrap-servers=" + kafka,
                "millrace.usage.journal=" + journal,
                "millrace.tokenizer.address=" + backend.address(),
                "millrace.inference.addresses=" + backend.address(),
                "millrace.inference.interval=100ms"));
        arguments.addAll(List.of(properties));
        context = GatewayApplication.create()
                .run(arguments.stream().map(argument -> "--" + argument).toArray(String[]::new));
        adminKey = context.getBean(KeyRegister.class)
                .create(NewKey.named("test", Scope.ADMIN, Scope.INFERENCE))
                .secret()
                .reveal();
    }

    public URI url(String path) {
        return URI.create(
                "http://127.0.0.1:" + context.getEnvironment().getRequiredProperty("local.server.port") + path);
    }

    public HttpResponse<String> post(String key, String path, String body) throws IOException, InterruptedException {
        return send(request(key, path).POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    public HttpResponse<String> get(String key, String path) throws IOException, InterruptedException {
        return send(request(key, path).GET());
    }

    public HttpResponse<String> delete(String key, String path) throws IOException, InterruptedException {
        return send(request(key, path).DELETE());
    }

    public HttpRequest.Builder request(String key, String path) {
        return HttpRequest.newBuilder(url(path))
                .timeout(Duration.ofSeconds(60))
                .header("Content-Type", "application/json")
                .header("Authorization", "Bearer " + key);
    }

    public HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    public HttpResponse<String> chat(String key, String model) throws IOException, InterruptedException {
        return post(
                key,
                "/v1/chat/completions",
                "{\"model\":\"" + model
                        + "\",\"max_tokens\":8,\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]}");
    }

    public static JsonNode json(HttpResponse<String> answer) {
        return JSON.readTree(answer.body());
    }

    public ConfigurableApplicationContext context() {
        return context;
    }

    @Override
    public void close() {
        http.shutdownNow();
        context.close();
    }
}
