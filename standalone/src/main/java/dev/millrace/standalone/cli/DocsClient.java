package dev.millrace.standalone.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Files and vector stores, asked for as any OpenAI client would.
 *
 * @param url of the gateway, without /v1
 */
record DocsClient(String url, String key) {
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final int UNAVAILABLE = 503;
    private static final int PAGE = 100;
    /** The service of documents starts after chat answers. */
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private static final Duration PAUSE = Duration.ofMillis(500);

    static DocsClient of(Session session) throws Unable, IOException, InterruptedException {
        return new DocsClient(Connection.awaitReady(session).url(), session.key());
    }

    private interface Content {
        void write(HttpURLConnection connection) throws IOException;
    }

    JsonNode get(String path) throws IOException, Unable, InterruptedException {
        return ask("GET", path, _ -> {});
    }

    JsonNode delete(String path) throws IOException, Unable, InterruptedException {
        return ask("DELETE", path, _ -> {});
    }

    JsonNode post(String path, ObjectNode body) throws IOException, Unable, InterruptedException {
        return ask("POST", path, connection -> write(connection, body));
    }

    private static void write(HttpURLConnection connection, ObjectNode body) throws IOException {
        connection.setRequestProperty("Content-Type", "application/json");
        connection.setDoOutput(true);
        try (OutputStream out = connection.getOutputStream()) {
            out.write(JSON.writeValueAsBytes(body));
        }
    }

    /** Sends a file, never whole in memory; answers with OpenAI's file object. */
    JsonNode upload(Path file, String name) throws IOException, Unable, InterruptedException {
        String border = "millrace-" + UUID.randomUUID();
        byte[] head = ("--" + border + "\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nassistants\r\n--"
                        + border
                        + "\r\nContent-Disposition: form-data; name=\"file\"; filename=\""
                        + name.replace("\\", "_").replace("\"", "_")
                        + "\"\r\nContent-Type: application/octet-stream\r\n\r\n")
                .getBytes(StandardCharsets.UTF_8);
        byte[] tail = ("\r\n--" + border + "--\r\n").getBytes(StandardCharsets.UTF_8);
        return ask("POST", "/v1/files", connection -> {
            connection.setRequestProperty("Content-Type", "multipart/form-data; boundary=" + border);
            connection.setDoOutput(true);
            connection.setFixedLengthStreamingMode(head.length + Files.size(file) + tail.length);
            try (OutputStream out = connection.getOutputStream()) {
                out.write(head);
                Files.copy(file, out);
                out.write(tail);
            }
        });
    }

    /** All elements of a list, page after page. */
    List<JsonNode> all(String path) throws IOException, Unable, InterruptedException {
        List<JsonNode> all = new ArrayList<>();
        String from = "";
        while (true) {
            JsonNode page = get(path + (path.contains("?") ? "&" : "?") + "limit=" + PAGE + from);
            page.path("data").forEach(all::add);
            if (!page.path("has_more").asBoolean(false) || page.path("data").isEmpty()) {
                return all;
            }
            from = "&after=" + page.path("last_id").asString();
        }
    }

    Optional<String> store(String name) throws IOException, Unable, InterruptedException {
        return found(name).map(store -> store.path("id").asString());
    }

    /** The newest vector store of a name. */
    Optional<JsonNode> found(String name) throws IOException, Unable, InterruptedException {
        String path = "/v1/vector_stores?name=" + URLEncoder.encode(name, StandardCharsets.UTF_8);
        return all(path).stream()
                .filter(store -> !store.path("status").asString("").equals("expired"))
                .findFirst();
    }

    String requiredStore(String name) throws IOException, Unable, InterruptedException {
        return store(name)
                .orElseThrow(() ->
                        new Unable("There is no store \"" + name + "\" yet: ./millrace docs add PATH... makes it."));
    }

    /** A connection for a stream of events; the caller reads and closes it. */
    HttpURLConnection stream(String path, ObjectNode body) throws IOException, Unable, InterruptedException {
        return opened("POST", path, connection -> {
            connection.setRequestProperty("Accept", "text/event-stream");
            write(connection, body);
        });
    }

    private JsonNode ask(String method, String path, Content content) throws IOException, Unable, InterruptedException {
        HttpURLConnection connection = opened(method, path, content);
        try (InputStream body = connection.getInputStream()) {
            return JSON.readTree(body);
        } catch (JacksonException e) {
            throw new IOException("the gateway's answer can't be read: " + e.getOriginalMessage(), e);
        }
    }

    /** What isn't ready yet is asked again for a while. */
    private HttpURLConnection opened(String method, String path, Content content)
            throws IOException, Unable, InterruptedException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            HttpURLConnection connection =
                    (HttpURLConnection) URI.create(url + path).toURL().openConnection();
            connection.setRequestMethod(method);
            connection.setConnectTimeout(5_000);
            connection.setRequestProperty("Authorization", "Bearer " + key);
            content.write(connection);
            int status = connection.getResponseCode();
            if (status / 100 == 2) {
                return connection;
            }
            String said = refusal(connection, status);
            if (status != UNAVAILABLE || System.nanoTime() > deadline) {
                throw new Unable(said);
            }
            Thread.sleep(PAUSE);
        }
    }

    private static String refusal(HttpURLConnection connection, int status) throws IOException {
        try (@Nullable InputStream body = connection.getErrorStream()) {
            if (body == null) {
                return "The gateway answers " + status + ".";
            }
            String said = new String(body.readAllBytes(), StandardCharsets.UTF_8);
            return JSON.readTree(said).path("error").path("message").asString(said);
        } catch (JacksonException e) {
            return "The gateway answers " + status + ".";
        }
    }
}
