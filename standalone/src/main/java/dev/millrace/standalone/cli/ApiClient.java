package dev.millrace.standalone.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The gateway's surface for files and jobs, as any OpenAI client sees it.
 *
 * @param url of the gateway, without /v1
 */
record ApiClient(String url, String key) {
    private static final JsonMapper JSON = JsonMapper.shared();
    /** How long a service may take to start after the platform answers. */
    private static final Duration STARTING = Duration.ofSeconds(90);

    private static final int CONNECT_MILLIS = 5_000;

    /** The gateway said no; its own words are the message. */
    private static final class Refused extends IOException {
        private static final long serialVersionUID = 1;

        private final String code;

        Refused(String code, String message) {
            super(message);
            this.code = code;
        }
    }

    private interface Body {
        void write(HttpURLConnection connection) throws IOException;
    }

    JsonNode get(String path) throws IOException, InterruptedException {
        return ask("GET", path, Optional.empty());
    }

    JsonNode post(String path, JsonNode body) throws IOException, InterruptedException {
        byte[] bytes = JSON.writeValueAsBytes(body);
        return ask("POST", path, Optional.of(connection -> {
            connection.setRequestProperty("Content-Type", "application/json");
            connection.setFixedLengthStreamingMode(bytes.length);
            connection.getOutputStream().write(bytes);
        }));
    }

    /** Sends a file as it is read. */
    JsonNode upload(Path file, String purpose) throws IOException, InterruptedException {
        String boundary = "millrace-" + UUID.randomUUID();
        String name = file.getFileName().toString().replace("\"", "_");
        byte[] before = ("--" + boundary + "\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\n" + purpose
                        + "\r\n--" + boundary + "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" + name
                        + "\"\r\nContent-Type: application/octet-stream\r\n\r\n")
                .getBytes(StandardCharsets.UTF_8);
        byte[] after = ("\r\n--" + boundary + "--\r\n").getBytes(StandardCharsets.UTF_8);
        return ask("POST", "/v1/files", Optional.of(connection -> {
            connection.setRequestProperty("Content-Type", "multipart/form-data; boundary=" + boundary);
            connection.setFixedLengthStreamingMode(before.length + Files.size(file) + after.length);
            OutputStream out = connection.getOutputStream();
            out.write(before);
            Files.copy(file, out);
            out.write(after);
        }));
    }

    /**
     * Hands server-sent events on as they come.
     *
     * @param each says whether to go on
     */
    void stream(String path, Predicate<JsonNode> each) throws IOException {
        HttpURLConnection connection = open("GET", path);
        connection.setRequestProperty("Accept", "text/event-stream");
        if (connection.getResponseCode() != 200) {
            throw refusal(connection);
        }
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(connection.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (!line.startsWith("data:") || line.endsWith("[DONE]")) {
                    continue;
                }
                JsonNode event = read(line.substring("data:".length()));
                if (event.has("error")) {
                    throw new IOException(event.path("error").path("message").asString(""));
                }
                if (!each.test(event)) {
                    return;
                }
            }
        } finally {
            connection.disconnect();
        }
    }

    /** Asks again while what would answer is still starting. */
    private JsonNode ask(String method, String path, Optional<Body> body) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + STARTING.toNanos();
        while (true) {
            try {
                return askOnce(method, path, body);
            } catch (Refused refused) {
                if (!refused.code.equals("service_starting") || System.nanoTime() > deadline) {
                    throw refused;
                }
                TimeUnit.MILLISECONDS.sleep(500);
            }
        }
    }

    private JsonNode askOnce(String method, String path, Optional<Body> body) throws IOException {
        HttpURLConnection connection = open(method, path);
        if (body.isPresent()) {
            connection.setDoOutput(true);
            try {
                body.get().write(connection);
            } catch (IOException broken) {
                // it may have been answered before all was sent
                if (!answered(connection)) {
                    throw broken;
                }
            }
        }
        if (connection.getResponseCode() >= 300) {
            throw refusal(connection);
        }
        try (InputStream answer = connection.getInputStream()) {
            return read(new String(answer.readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    private static boolean answered(HttpURLConnection connection) {
        try {
            return connection.getResponseCode() > 0;
        } catch (IOException _) {
            return false;
        }
    }

    private HttpURLConnection open(String method, String path) throws IOException {
        HttpURLConnection connection =
                (HttpURLConnection) URI.create(url + path).toURL().openConnection();
        connection.setRequestMethod(method);
        connection.setConnectTimeout(CONNECT_MILLIS);
        connection.setRequestProperty("Authorization", "Bearer " + key);
        return connection;
    }

    private static Refused refusal(HttpURLConnection connection) throws IOException {
        int status = connection.getResponseCode();
        try (InputStream body = connection.getErrorStream()) {
            JsonNode error = body == null
                    ? JSON.missingNode()
                    : read(new String(body.readAllBytes(), StandardCharsets.UTF_8))
                            .path("error");
            return new Refused(
                    error.path("code").asString(""),
                    error.path("message").asString("The gateway answers " + status + "."));
        }
    }

    private static JsonNode read(String text) throws IOException {
        try {
            return JSON.readTree(text);
        } catch (JacksonException e) {
            throw new IOException("the gateway's answer can't be read: " + e.getOriginalMessage(), e);
        }
    }
}
