package dev.millrace.standalone;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Scanner;
import java.util.concurrent.CompletableFuture;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * A plain client of the gateway's HTTP surface.
 *
 * @param url of the gateway, without /v1
 * @param model that chats name
 */
public record Api(HttpClient client, String url, String key, String model) {
    private static final JsonMapper JSON = JsonMapper.shared();

    public Api(String url, String key, String model) {
        this(HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build(), url, key, model);
    }

    /** The body of a chat of one message: the most likely answer of exactly that many tokens. */
    public ObjectNode body(String text, int tokens) {
        ObjectNode body = JSON.createObjectNode().put("model", model);
        body.putArray("messages").addObject().put("role", "user").put("content", text);
        return body.put("max_tokens", tokens).put("temperature", 0).put("ignore_eos", true);
    }

    public CompletableFuture<HttpResponse<String>> send(JsonNode body) {
        return client.sendAsync(request(body), HttpResponse.BodyHandlers.ofString());
    }

    /** A key of a user, its id and its secret. */
    public record Key(String id, String secret) {}

    /** A new key for the models, where this client's own is an administrator's; empty where the gateway doesn't make one. */
    public Optional<Key> newKey(String name) {
        HttpRequest request = HttpRequest.newBuilder(URI.create(url + "/admin/keys"))
                .header("Authorization", "Bearer " + key)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString("{\"name\":\"" + name + "\"}"))
                .build();
        HttpResponse<String> answer =
                client.sendAsync(request, HttpResponse.BodyHandlers.ofString()).join();
        if (answer.statusCode() != 201) {
            return Optional.empty();
        }
        JsonNode made = JSON.readTree(answer.body());
        return Optional.of(
                new Key(made.at("/details/id").asString(), made.path("key").asString()));
    }

    /** What a chat that must succeed is answered. */
    public JsonNode chat(JsonNode body) {
        HttpResponse<String> answer = send(body).join();
        if (answer.statusCode() != 200) {
            throw new AssertionError(answer.statusCode() + ": " + answer.body());
        }
        return JSON.readTree(answer.body());
    }

    /** The text of its first choice. */
    public String ask(JsonNode body) {
        return text(chat(body));
    }

    private static String text(JsonNode answer) {
        return answer.at("/choices/0/message/content").asString();
    }

    /** Begins a streamed chat. */
    public Stream stream(ObjectNode body) throws IOException, InterruptedException {
        HttpResponse<InputStream> answer =
                client.send(request(body.put("stream", true)), HttpResponse.BodyHandlers.ofInputStream());
        if (answer.statusCode() != 200) {
            throw new AssertionError(
                    answer.statusCode() + ": " + new String(answer.body().readAllBytes(), StandardCharsets.UTF_8));
        }
        return new Stream(answer.body());
    }

    private HttpRequest request(JsonNode body) {
        return HttpRequest.newBuilder(URI.create(url + "/v1/chat/completions"))
                .header("Authorization", "Bearer " + key)
                .header("Content-Type", "application/json")
                .timeout(Duration.ofMinutes(3))
                .POST(HttpRequest.BodyPublishers.ofString(body.toString()))
                .build();
    }

    /** The events of a streamed answer. Closing it ends the connection. */
    public static final class Stream implements AutoCloseable {
        private final InputStream in;
        private final Scanner lines;

        private Stream(InputStream in) {
            this.in = in;
            this.lines = new Scanner(in, StandardCharsets.UTF_8);
        }

        /** The data of the next event; empty at the end of the stream. */
        public String next() {
            while (lines.hasNextLine()) {
                String line = lines.nextLine();
                if (line.startsWith("data:")) {
                    return line.substring(5).strip();
                }
            }
            return "";
        }

        /** The data of all events that are left. */
        public List<String> rest() {
            List<String> events = new ArrayList<>();
            for (String event = next(); !event.isEmpty(); event = next()) {
                events.add(event);
            }
            return events;
        }

        @Override
        public void close() {
            try {
                in.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
