package dev.millrace.gateway.openai;

import static dev.millrace.gateway.openai.BadInputTest.chat;
import static dev.millrace.gateway.openai.Client.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.gateway.FakeBackend;
import dev.millrace.gateway.RunningGateway;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Clients that are slow, gone, many or no HTTP clients at all: each over a socket of its own. */
class HardeningTest {
    private static final String CHAT = "/v1/chat/completions";
    private static final int MAX_REQUESTS = 300;
    private static RunningGateway gateway;
    private static Client client;

    @BeforeAll
    static void start() {
        gateway = new RunningGateway(
                "millrace.http.header-timeout=3s",
                "millrace.http.body-timeout=4s",
                "millrace.http.write-timeout=1s",
                "millrace.http.max-requests=" + MAX_REQUESTS);
        client = new Client(gateway);
        client.awaitModel(FakeBackend.TINY);
    }

    @AfterAll
    static void stop() {
        gateway.close();
    }

    @AfterEach
    void the_next_request_is_served_as_before_and_nothing_is_left_over() {
        HttpResponse<String> next = client.post(CHAT, chat("\"max_tokens\": 1"));
        assertThat(next.statusCode()).as(next.body()).isEqualTo(200);
        await(() -> gateway.limits.open.get() == 0);
        await(() -> gateway.backend.running.get() == 0);
    }

    private static Socket connect() throws IOException {
        Socket socket = new Socket();
        socket.setReceiveBufferSize(4 << 10);
        socket.setSoTimeout(60_000);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), gateway.port()));
        return socket;
    }

    static void send(Socket socket, String text) throws IOException {
        OutputStream out = socket.getOutputStream();
        out.write(text.getBytes(StandardCharsets.UTF_8));
        out.flush();
    }

    static String head(String body) {
        return "POST " + CHAT + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + RunningGateway.KEY
                + "\r\nContent-Type: application/json\r\nContent-Length: "
                + body.getBytes(StandardCharsets.UTF_8).length + "\r\n\r\n";
    }

    static String stream(String model) {
        return chat("\"stream\": true").replace("tiny", model);
    }

    /** Everything until the server closes the connection. */
    private static String rest(Socket socket) throws IOException {
        return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    @Test
    void headers_of_100_kb_are_refused() throws IOException {
        try (Socket socket = connect()) {
            send(socket, "GET /health HTTP/1.1\r\nHost: x\r\nX-Long: " + "a".repeat(100_000) + "\r\n\r\n");
            assertThat(rest(socket))
                    .startsWith("HTTP/1.1 431 ")
                    .contains("x-request-id: req_")
                    .contains("\"code\":\"headers_too_large\"")
                    .contains("32768 bytes at most");
        }
    }

    @Test
    void a_first_line_of_100_kb_is_refused() throws IOException {
        try (Socket socket = connect()) {
            send(socket, "GET /" + "a".repeat(100_000) + " HTTP/1.1\r\nHost: x\r\n\r\n");
            assertThat(rest(socket))
                    .startsWith("HTTP/1.1 414 ")
                    .contains("\"code\":\"url_too_long\"")
                    .contains("8192 bytes at most");
        }
    }

    @Test
    void what_is_no_http_is_refused() throws IOException {
        try (Socket socket = connect()) {
            send(socket, "\u0016\u0003\u0001 hello hello\r\n\r\n");
            assertThat(rest(socket)).startsWith("HTTP/1.1 400 ").contains("\"code\":\"malformed_request\"");
        }
    }

    @Test
    void headers_that_come_a_byte_at_a_time_are_given_up() throws Exception {
        try (Socket socket = connect()) {
            CompletableFuture<String> answer = CompletableFuture.supplyAsync(() -> {
                try {
                    return rest(socket);
                } catch (IOException failure) {
                    return failure.toString();
                }
            });
            String request = "GET /health HTTP/1.1\r\nHost: x\r\nX-Slow: " + "a".repeat(2_000);
            for (int i = 0; i < request.length() && !answer.isDone(); i++) {
                try {
                    send(socket, request.substring(i, i + 1));
                } catch (IOException _) {
                    break;
                }
                Thread.sleep(20);
            }
            assertThat(answer.get(60, TimeUnit.SECONDS))
                    .startsWith("HTTP/1.1 408 ")
                    .contains("\"code\":\"request_timeout\"");
        }
    }

    @Test
    void a_second_request_has_its_own_time_for_headers() throws Exception {
        try (Socket socket = connect()) {
            String request = "GET /health HTTP/1.1\r\nHost: x\r\n\r\n";
            send(socket, request);
            Thread.sleep(3_500);
            send(socket, request.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"));
            assertThat(rest(socket).split("HTTP/1.1 200 OK", -1)).hasSize(3);
        }
    }

    @Test
    void a_body_that_does_not_come_is_given_up() throws IOException {
        try (Socket socket = connect()) {
            String body = chat("\"n\": 1");
            send(socket, head(body) + body.substring(0, 20));
            assertThat(answer(socket))
                    .startsWith("HTTP/1.1 408 ")
                    .contains("\"code\":\"request_timeout\"")
                    .contains("within 4000 ms");
        }
    }

    @Test
    void a_body_that_comes_a_byte_at_a_time_is_given_up() throws Exception {
        try (Socket socket = connect()) {
            String body = chat("\"user\": \"" + "a".repeat(2_000) + "\"");
            send(socket, head(body));
            CompletableFuture<String> answer = CompletableFuture.supplyAsync(() -> answer(socket));
            for (int i = 0; i < body.length() && !answer.isDone(); i++) {
                try {
                    send(socket, body.substring(i, i + 1));
                } catch (IOException _) {
                    break;
                }
                Thread.sleep(20);
            }
            assertThat(answer.get(60, TimeUnit.SECONDS))
                    .startsWith("HTTP/1.1 408 ")
                    .contains("\"code\":\"request_timeout\"");
        }
    }

    /** One answer with an error in it. */
    private static String answer(Socket socket) {
        StringBuilder text = new StringBuilder();
        try {
            while (text.indexOf("}}") < 0) {
                int read = socket.getInputStream().read();
                if (read < 0) {
                    break;
                }
                text.append((char) read);
            }
        } catch (IOException failure) {
            text.append(failure);
        }
        return text.toString();
    }

    @Test
    void a_client_that_leaves_in_mid_stream_frees_its_engine() throws IOException {
        int before = gateway.backend.cancelled.get();
        try (Socket socket = connect()) {
            String body = stream(FakeBackend.ENDLESS);
            send(socket, head(body) + body);
            assertThat(new String(socket.getInputStream().readNBytes(2_000), StandardCharsets.UTF_8))
                    .startsWith("HTTP/1.1 200 OK")
                    .contains("data: {");
        }
        await(() -> gateway.backend.cancelled.get() == before + 1);
        await(() -> gateway.usages.stream().anyMatch(usage -> usage.status() == 499 && usage.completionTokens() > 0));
    }

    @Test
    void a_client_that_leaves_before_its_answer_frees_its_engine() throws IOException {
        int before = gateway.backend.cancelled.get();
        try (Socket socket = connect()) {
            String body = chat("\"n\": 1").replace("tiny", FakeBackend.GATED);
            send(socket, head(body) + body);
            await(() -> gateway.backend.running.get() == 1);
        }
        await(() -> gateway.backend.cancelled.get() == before + 1);
    }

    @Test
    void two_hundred_idle_connections_do_not_hinder_a_busy_one() throws IOException {
        List<Socket> idle = new ArrayList<>();
        try {
            for (int i = 0; i < 200; i++) {
                idle.add(connect());
            }
            for (int i = 0; i < 50; i++) {
                assertThat(client.post(CHAT, chat("\"max_tokens\": 1")).statusCode())
                        .isEqualTo(200);
            }
        } finally {
            for (Socket socket : idle) {
                socket.close();
            }
        }
    }

    @Test
    void of_500_requests_at_once_none_is_lost_and_those_beyond_the_bound_are_told_to_come_again() {
        List<CompletableFuture<HttpResponse<String>>> answers = IntStream.range(0, 500)
                .mapToObj(_ -> client.http()
                        .sendAsync(
                                client.request(CHAT)
                                        .POST(BodyPublishers.ofString(
                                                chat("\"max_tokens\": 2").replace("tiny", FakeBackend.GATED)))
                                        .build(),
                                HttpResponse.BodyHandlers.ofString()))
                .toList();
        await(() -> gateway.backend.running.get() == MAX_REQUESTS
                && answers.stream().filter(CompletableFuture::isDone).count() == 500 - MAX_REQUESTS);
        gateway.backend.release(MAX_REQUESTS);
        List<Integer> statuses = answers.stream()
                .map(answer -> answer.join().statusCode())
                .sorted()
                .toList();
        assertThat(statuses.subList(0, MAX_REQUESTS)).containsOnly(200);
        assertThat(statuses.subList(MAX_REQUESTS, 500)).containsOnly(503);
        assertThat(answers.stream()
                        .map(CompletableFuture::join)
                        .filter(answer -> answer.statusCode() == 503)
                        .map(answer ->
                                answer.headers().firstValue("retry-after").orElse("none")))
                .containsOnly("1");
    }

    @Test
    void a_failure_in_mid_stream_is_the_last_event() {
        List<String> models = List.of(FakeBackend.BREAKS, FakeBackend.FALLS_SILENT);
        for (int i = 0; i < 40; i++) {
            String model = models.get(i % 2);
            HttpResponse<String> answer = client.post(CHAT, stream(model));
            assertThat(answer.statusCode()).isEqualTo(200);
            List<String> events = Client.events(answer.body());
            assertThat(events.getLast()).contains("\"error\":{").contains("server_error");
            assertThat(answer.body()).contains("w2").doesNotContain("[DONE]").doesNotContain("secret");
            assertThat(client.post(CHAT, chat("\"n\": 1").replace("tiny", model))
                            .statusCode())
                    .isEqualTo(500);
        }
    }
}
