package dev.millrace.standalone.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Consumer;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Asks the gateway as any OpenAI client would.
 *
 * @param url of the gateway, without /v1
 */
record ChatClient(String url, String key) {
    private static final JsonMapper JSON = JsonMapper.shared();

    /** One turn of a conversation. */
    record Message(String role, String content) {}

    /**
     * An answer as it grew.
     *
     * @param firstMillis from the request to the first text
     * @param totalMillis from the request to the end
     */
    record Answer(String text, int promptTokens, int completionTokens, double firstMillis, double totalMillis) {}

    /** An answer that is under way: closing it from another thread ends it, and the engine's work on it. */
    static final class Call implements AutoCloseable {
        private final HttpURLConnection connection;
        private volatile boolean closed;

        private Call(HttpURLConnection connection) {
            this.connection = connection;
        }

        boolean isClosed() {
            return closed;
        }

        @Override
        public void close() {
            closed = true;
            connection.disconnect();
        }
    }

    static ObjectNode chat(String model, List<Message> messages) {
        ObjectNode body = JSON.createObjectNode().put("model", model);
        ArrayNode list = body.putArray("messages");
        for (Message message : messages) {
            list.addObject().put("role", message.role()).put("content", message.content());
        }
        return body;
    }

    static ObjectNode completion(String model, String prompt) {
        return JSON.createObjectNode().put("model", model).put("prompt", prompt);
    }

    /** Whether the body is a chat's decides where it goes. */
    Call open(ObjectNode body) throws IOException {
        String path = body.has("messages") ? "/v1/chat/completions" : "/v1/completions";
        HttpURLConnection connection =
                (HttpURLConnection) URI.create(url + path).toURL().openConnection();
        connection.setRequestMethod("POST");
        connection.setDoOutput(true);
        connection.setConnectTimeout(5_000);
        connection.setRequestProperty("Authorization", "Bearer " + key);
        connection.setRequestProperty("Content-Type", "application/json");
        connection.setRequestProperty("Accept", "text/event-stream");
        return new Call(connection);
    }

    /**
     * Sends the request and hands on the text as it comes.
     *
     * @throws Unable with the gateway's own words, if it refuses
     * @throws IOException if the connection fails, or the call was closed
     */
    Answer stream(Call call, ObjectNode body, Consumer<String> text) throws IOException, Unable {
        long begin = System.nanoTime();
        body.put("stream", true).putObject("stream_options").put("include_usage", true);
        HttpURLConnection connection = call.connection;
        connection.getOutputStream().write(JSON.writeValueAsString(body).getBytes(StandardCharsets.UTF_8));
        if (connection.getResponseCode() != 200) {
            throw new Unable(refusal(connection));
        }
        StringBuilder whole = new StringBuilder();
        double firstMillis = 0;
        int promptTokens = 0;
        int completionTokens = 0;
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(connection.getInputStream(), StandardCharsets.UTF_8))) {
            String line;
            while ((line = lines.readLine()) != null) {
                if (!line.startsWith("data:") || line.endsWith("[DONE]")) {
                    continue;
                }
                JsonNode event = JSON.readTree(line.substring("data:".length()));
                if (event.has("error")) {
                    throw new Unable(event.path("error").path("message").asString());
                }
                JsonNode choice = event.path("choices").path(0);
                String delta = choice.has("delta")
                        ? choice.path("delta").path("content").asString("")
                        : choice.path("text").asString("");
                if (!delta.isEmpty()) {
                    firstMillis = firstMillis == 0 ? millisSince(begin) : firstMillis;
                    whole.append(delta);
                    text.accept(delta);
                }
                if (event.hasNonNull("usage")) {
                    promptTokens = event.path("usage").path("prompt_tokens").asInt();
                    completionTokens =
                            event.path("usage").path("completion_tokens").asInt();
                }
            }
        } catch (JacksonException e) {
            throw new IOException("the gateway's answer can't be read: " + e.getOriginalMessage(), e);
        }
        return new Answer(whole.toString(), promptTokens, completionTokens, firstMillis, millisSince(begin));
    }

    private static String refusal(HttpURLConnection connection) throws IOException {
        int status = connection.getResponseCode();
        try (InputStream body = connection.getErrorStream()) {
            if (body == null) {
                return "The gateway answers " + status + ".";
            }
            String said = new String(body.readAllBytes(), StandardCharsets.UTF_8);
            return JSON.readTree(said).path("error").path("message").asString(said);
        } catch (JacksonException e) {
            return "The gateway answers " + status + ".";
        }
    }

    private static double millisSince(long begin) {
        return (System.nanoTime() - begin) / 1e6;
    }
}
