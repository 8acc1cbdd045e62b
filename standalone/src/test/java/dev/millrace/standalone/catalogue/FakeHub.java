package dev.millrace.standalone.catalogue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/** Stands in for Hugging Face: redirects to where the file lies, serves ranges, and breaks off where it is told to. */
final class FakeHub implements AutoCloseable {
    private final HttpServer front;
    private final HttpServer storage;
    private final byte[] file;
    private final String linkedTag;
    final List<String> requests = Collections.synchronizedList(new ArrayList<>());
    private volatile int breakOffAfter = Integer.MAX_VALUE;
    private volatile boolean rangesIgnored;

    /** @param linkedTag the SHA-256 that it claims; empty for none */
    FakeHub(byte[] file, String linkedTag) throws IOException {
        this.file = file;
        this.linkedTag = linkedTag;
        this.front = start(this::redirect);
        this.storage = start(this::serve);
    }

    String endpoint() {
        return "http://127.0.0.1:" + front.getAddress().getPort();
    }

    /** The next answer ends after so many bytes, and only that one. */
    void breakOffAfter(int bytes) {
        breakOffAfter = bytes;
    }

    void ignoreRanges() {
        rangesIgnored = true;
    }

    private static HttpServer start(com.sun.net.httpserver.HttpHandler handler) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", handler);
        server.start();
        return server;
    }

    private void redirect(HttpExchange exchange) throws IOException {
        note("front", exchange);
        if (!linkedTag.isEmpty()) {
            exchange.getResponseHeaders().add("X-Linked-Etag", '"' + linkedTag + '"');
        }
        exchange.getResponseHeaders()
                .add("Location", "http://127.0.0.1:" + storage.getAddress().getPort() + "/blob");
        exchange.sendResponseHeaders(302, -1);
        exchange.close();
    }

    private void serve(HttpExchange exchange) throws IOException {
        note("storage", exchange);
        exchange.getResponseHeaders().add("ETag", "\"tag\"");
        if (exchange.getRequestMethod().equals("HEAD")) {
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
            return;
        }
        String range = exchange.getRequestHeaders().getFirst("Range");
        int from = range == null || rangesIgnored
                ? 0
                : Integer.parseInt(range.substring("bytes=".length(), range.length() - 1));
        exchange.sendResponseHeaders(from > 0 ? 206 : 200, file.length - from);
        int until = Math.min(file.length, breakOffAfter);
        breakOffAfter = Integer.MAX_VALUE;
        // where these are fewer bytes than were promised, closing throws, and the server closes the connection
        try (OutputStream out = exchange.getResponseBody()) {
            out.write(file, from, Math.max(0, until - from));
            out.flush();
        }
    }

    private void note(String where, HttpExchange exchange) {
        requests.add(where + " " + exchange.getRequestMethod()
                + Optional.ofNullable(exchange.getRequestHeaders().getFirst("Range"))
                        .map(range -> " " + range)
                        .orElse("")
                + Optional.ofNullable(exchange.getRequestHeaders().getFirst("Authorization"))
                        .map(token -> " " + token)
                        .orElse(""));
    }

    @Override
    public void close() {
        front.stop(0);
        storage.stop(0);
    }
}
