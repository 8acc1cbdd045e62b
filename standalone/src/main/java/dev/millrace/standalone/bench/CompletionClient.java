package dev.millrace.standalone.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.ConnectException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicBoolean;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Asks one server for completions, as many at once as there are threads that call. */
final class CompletionClient {
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final int CONNECT_MILLIS = 5_000;

    private final Server server;
    /** Taken back once the server doesn't know it. */
    private final AtomicBoolean ignoreEnd = new AtomicBoolean(true);

    private final Set<String> notes = new ConcurrentSkipListSet<>();

    CompletionClient(Server server) {
        this.server = server;
    }

    /** Hears of each piece as it comes, before anything is made of it. */
    interface Listener {
        /** Whether more is wanted; if not, the answer ends here and the server is told so. */
        boolean piece();
    }

    Server server() {
        return server;
    }

    /** What a reader of the figures must know of this server, a sentence each. */
    List<String> notes() {
        return List.copyOf(notes);
    }

    /**
     * One answer of {@code tokens} tokens, the likeliest each, its end token ignored where the server can.
     *
     * @throws RefusedException if the server says no
     * @throws IOException if it can't be reached, or says what can't be understood
     */
    Reply complete(String prompt, int tokens, Listener listener) throws IOException {
        ObjectNode body = JSON.createObjectNode()
                .put("model", server.model())
                .put("prompt", prompt)
                .put("max_tokens", tokens)
                .put("temperature", 0)
                .put("stream", true);
        body.putObject("stream_options").put("include_usage", true);
        boolean ignored = ignoreEnd.get();
        if (ignored) {
            body.put("ignore_eos", true);
        }
        try {
            return stream(body, listener);
        } catch (RefusedException e) {
            if (!ignored || !unknownWish(e)) {
                throw e;
            }
            ignoreEnd.set(false);
            notes.add(server.title() + " doesn't know ignore_eos: its answers may end early.");
            body.remove("ignore_eos");
            return stream(body, listener);
        }
    }

    Reply complete(String prompt, int tokens) throws IOException {
        return complete(prompt, tokens, () -> true);
    }

    /** Whether the refusal may be about what not every server knows. */
    private static boolean unknownWish(RefusedException e) {
        if (e.status() != 400 && e.status() != 422) {
            return false;
        }
        String said = String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT);
        return said.contains("ignore_eos")
                || said.contains("extra")
                || said.contains("unknown")
                || said.contains("unrecognized");
    }

    private Reply note(Reply reply, int tokens) {
        if (!reply.counted()) {
            notes.add(server.title() + " doesn't count tokens: its pieces of text were counted.");
        } else if (reply.completionTokens() != tokens) {
            notes.add(server.title() + " gave answers of other lengths than asked for: what it gave is what counts.");
        }
        return reply;
    }

    private Reply stream(ObjectNode body, Listener listener) throws IOException {
        byte[] bytes = JSON.writeValueAsString(body).getBytes(StandardCharsets.UTF_8);
        HttpURLConnection connection = post(server.path("/completions"));
        connection.setRequestProperty("Accept", "text/event-stream");
        List<String> events = new ArrayList<>();
        List<Long> times = new ArrayList<>();
        long sent = System.nanoTime();
        send(connection, bytes);
        // read first, understood afterwards: the server has the same cores
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(connection.getInputStream(), StandardCharsets.UTF_8))) {
            String line;
            while ((line = lines.readLine()) != null) {
                if (line.startsWith("data:") && !line.endsWith("[DONE]")) {
                    times.add(System.nanoTime());
                    events.add(line);
                    if (!listener.piece()) {
                        connection.disconnect();
                        return understand(sent, times, events);
                    }
                }
            }
        }
        return note(understand(sent, times, events), body.path("max_tokens").asInt());
    }

    private Reply understand(long sent, List<Long> times, List<String> events) throws IOException {
        List<Long> pieces = new ArrayList<>();
        int promptTokens = 0;
        int completionTokens = 0;
        int cachedTokens = 0;
        for (int i = 0; i < events.size(); i++) {
            JsonNode event = parse(events.get(i).substring("data:".length()));
            if (event.has("error")) {
                throw new RefusedException(
                        500,
                        server.title() + " failed: "
                                + event.path("error").path("message").asString(""));
            }
            if (!event.path("choices").path(0).path("text").asString("").isEmpty()) {
                pieces.add(times.get(i));
            }
            JsonNode usage = event.path("usage");
            if (usage.isObject()) {
                promptTokens = usage.path("prompt_tokens").asInt(0);
                completionTokens = usage.path("completion_tokens").asInt(0);
                cachedTokens = usage.path("prompt_tokens_details")
                        .path("cached_tokens")
                        .asInt(0);
            }
        }
        if (pieces.isEmpty()) {
            // special tokens have no text: then the last event is all that tells
            if (times.isEmpty()) {
                throw new IOException(server.title() + " answered with nothing.");
            }
            pieces.add(times.getLast());
        }
        boolean counted = completionTokens > 0;
        return new Reply(sent, pieces, promptTokens, counted ? completionTokens : pieces.size(), counted, cachedTokens);
    }

    /** A server's answer to a small question. */
    JsonNode ask(URI where, ObjectNode body) throws IOException {
        HttpURLConnection connection = post(where);
        send(connection, JSON.writeValueAsString(body).getBytes(StandardCharsets.UTF_8));
        return read(connection);
    }

    /** A server's answer to a GET. */
    JsonNode get(URI where) throws IOException {
        HttpURLConnection connection = open(where);
        require200(connection);
        return read(connection);
    }

    private JsonNode read(HttpURLConnection connection) throws IOException {
        try (InputStream in = connection.getInputStream()) {
            return parse(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    private JsonNode parse(String text) throws IOException {
        try {
            return JSON.readTree(text);
        } catch (JacksonException e) {
            throw new IOException(
                    server.title() + " at " + server.base() + " answers with what is no JSON: "
                            + e.getOriginalMessage(),
                    e);
        }
    }

    private HttpURLConnection open(URI where) throws IOException {
        HttpURLConnection connection = (HttpURLConnection) where.toURL().openConnection();
        connection.setConnectTimeout(CONNECT_MILLIS);
        server.key().ifPresent(key -> connection.setRequestProperty("Authorization", "Bearer " + key));
        return connection;
    }

    private HttpURLConnection post(URI where) throws IOException {
        HttpURLConnection connection = open(where);
        connection.setRequestMethod("POST");
        connection.setDoOutput(true);
        connection.setRequestProperty("Content-Type", "application/json");
        return connection;
    }

    private void send(HttpURLConnection connection, byte[] body) throws IOException {
        connection.setFixedLengthStreamingMode(body.length);
        try {
            connection.getOutputStream().write(body);
        } catch (ConnectException e) {
            throw new IOException(server.title() + " can't be reached at " + server.base() + ".", e);
        }
        require200(connection);
    }

    private void require200(HttpURLConnection connection) throws IOException {
        int status;
        try {
            status = connection.getResponseCode();
        } catch (ConnectException e) {
            throw new IOException(server.title() + " can't be reached at " + server.base() + ".", e);
        }
        if (status != 200) {
            throw new RefusedException(status, server.title() + " refuses (" + status + "): " + said(connection));
        }
    }

    private static String said(HttpURLConnection connection) throws IOException {
        try (InputStream in = connection.getErrorStream()) {
            if (in == null) {
                return "it says no more.";
            }
            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            try {
                JsonNode error = JSON.readTree(text).path("error");
                return error.isObject() ? error.path("message").asString(text) : error.asString(text);
            } catch (JacksonException e) {
                return text;
            }
        }
    }
}
