package dev.millrace.gateway.openai;

import dev.millrace.gateway.RunningGateway;
import dev.millrace.testing.Eventually;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** An HTTP client of the gateway, as plain as can be. */
final class Client {
    private static final JsonMapper MAPPER = new JsonMapper();

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final Function<String, URI> urls;
    private final String key;

    Client(RunningGateway gateway) {
        this(gateway::url, RunningGateway.KEY);
    }

    /**
     * @param urls a path's whole URL
     */
    Client(Function<String, URI> urls, String key) {
        this.urls = urls;
        this.key = key;
    }

    HttpRequest.Builder request(String path) {
        return withoutKey(path).header("Authorization", "Bearer " + key);
    }

    HttpRequest.Builder withoutKey(String path) {
        return HttpRequest.newBuilder(urls.apply(path)).timeout(Duration.ofSeconds(60));
    }

    HttpResponse<String> post(String path, String body) {
        return send(request(path)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    HttpResponse<String> get(String path) {
        return send(request(path).GET());
    }

    HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } catch (InterruptedException failure) {
            throw new IllegalStateException(failure);
        }
    }

    HttpClient http() {
        return http;
    }

    /** Waits until the gateway has heard of a model. */
    void awaitModel(String model) {
        await(() -> get("/v1/models/" + model).statusCode() == 200);
    }

    static void await(java.util.function.BooleanSupplier condition) {
        long end = System.nanoTime() + Eventually.PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - end > 0) {
                throw new AssertionError("waited " + Eventually.PATIENCE.toSeconds() + " s in vain");
            }
            try {
                Thread.sleep(5);
            } catch (InterruptedException failure) {
                throw new IllegalStateException(failure);
            }
        }
    }

    static JsonNode json(HttpResponse<String> answer) {
        return json(answer.body());
    }

    static JsonNode json(String text) {
        return MAPPER.readTree(text);
    }

    /** The data of each server-sent event. */
    static List<String> events(String body) {
        return body.lines()
                .filter(line -> line.startsWith("data: "))
                .map(line -> line.substring("data: ".length()))
                .collect(Collectors.toCollection(ArrayList::new));
    }
}
