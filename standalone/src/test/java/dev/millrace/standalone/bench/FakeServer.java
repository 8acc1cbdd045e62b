package dev.millrace.standalone.bench;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** A server of OpenAI's API that says the same word again and again. A word of a prompt is a token. */
public final class FakeServer implements AutoCloseable {
    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Manner manner;
    private final List<JsonNode> requests = Collections.synchronizedList(new ArrayList<>());

    /**
     * How it behaves.
     *
     * @param ignoresEnd whether it knows ignore_eos; one that doesn't refuses it and answers with 5 tokens at most
     * @param counts whether it tells usage
     * @param tokenizes whether it counts a text's tokens when asked
     * @param context the most tokens of prompt and answer
     */
    public record Manner(boolean ignoresEnd, boolean counts, boolean tokenizes, int context) {
        public static final Manner LIKE_OURS = new Manner(true, true, true, 4096);
    }

    public FakeServer(Manner manner) throws IOException {
        this.manner = manner;
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/v1/models", exchange -> answer(exchange, 200, "{\"data\":[{\"id\":\"fake\"}]}"));
        server.createContext("/v1/completions", this::complete);
        if (manner.tokenizes) {
            server.createContext("/tokenize", this::tokenize);
        }
        server.start();
    }

    public String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /** Bodies of completions that were asked for, in their order. */
    List<JsonNode> requests() {
        return List.copyOf(requests);
    }

    private void tokenize(HttpExchange exchange) throws IOException {
        JsonNode body = JsonMapper.shared().readTree(exchange.getRequestBody().readAllBytes());
        answer(exchange, 200, "{\"count\":" + words(body.path("prompt").asString()) + "}");
    }

    private static int words(String text) {
        return text.split(" ", -1).length;
    }

    private void complete(HttpExchange exchange) throws IOException {
        JsonNode body = JsonMapper.shared().readTree(exchange.getRequestBody().readAllBytes());
        requests.add(body);
        int promptTokens = words(body.path("prompt").asString());
        int wanted = body.path("max_tokens").asInt();
        if (body.has("ignore_eos") && !manner.ignoresEnd) {
            answer(exchange, 400, error("Unknown field: ignore_eos"));
        } else if (promptTokens + wanted > manner.context) {
            answer(exchange, 400, error("The context has " + manner.context + " tokens."));
        } else {
            stream(exchange, promptTokens, manner.ignoresEnd ? wanted : Math.min(5, wanted));
        }
    }

    private void stream(HttpExchange exchange, int promptTokens, int tokens) throws IOException {
        exchange.getResponseHeaders().add("Content-Type", "text/event-stream");
        exchange.sendResponseHeaders(200, 0);
        try (OutputStream out = exchange.getResponseBody()) {
            for (int i = 0; i < tokens; i++) {
                send(out, "{\"choices\":[{\"index\":0,\"text\":\" mill\"}]}");
            }
            send(out, "{\"choices\":[{\"index\":0,\"text\":\"\",\"finish_reason\":\"length\"}]}");
            if (manner.counts) {
                ObjectNode usage = JsonMapper.shared().createObjectNode();
                usage.putArray("choices");
                usage.putObject("usage").put("prompt_tokens", promptTokens).put("completion_tokens", tokens);
                send(out, usage.toString());
            }
            send(out, "[DONE]");
        }
    }

    private static void send(OutputStream out, String data) throws IOException {
        out.write(("data: " + data + "\n\n").getBytes(StandardCharsets.UTF_8));
        out.flush();
    }

    private static String error(String message) {
        ObjectNode error = JsonMapper.shared().createObjectNode();
        error.putObject("error").put("message", message);
        return error.toString();
    }

    private static void answer(HttpExchange exchange, int status, String json) throws IOException {
        byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length);
        try (OutputStream out = exchange.getResponseBody()) {
            out.write(bytes);
        }
    }

    Server asServer(String title) {
        return Server.at(title, url(), Optional.empty(), "fake");
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
