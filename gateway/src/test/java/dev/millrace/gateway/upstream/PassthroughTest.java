package dev.millrace.gateway.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.gateway.RunningGateway;
import dev.millrace.gateway.usage.RequestUsage;
import dev.millrace.testing.ClosedPort;
import dev.millrace.testing.Eventually;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerResponse;

/** Another server behind the gateway's keys and limits, over real sockets. */
class PassthroughTest {
    private static final String EVENTS = """
            data: {"choices":[{"delta":{"role":"assistant","content":""}}]}

            data: {"choices":[{"delta":{"content":"Gr\u00fc\u00df"}}]}

            data: {"choices":[{"delta":{"content":" dich"}}]}

            """;
    private static final String USAGE =
            "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":12,\"completion_tokens\":2}}\n\n";
    private static final String DONE = "data: [DONE]\n\n";
    private static final String ANSWER =
            "{ \"choices\" : [ ],  \"usage\":{\"prompt_tokens\":12,\"completion_tokens\":2,"
                    + "\"prompt_tokens_details\":{\"cached_tokens\":8}} }";

    private static final AtomicBoolean LEFT = new AtomicBoolean();
    private static StubUpstream upstream;
    private static ClosedPort nobody;
    private static RunningGateway gateway;
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @BeforeAll
    static void start() throws IOException {
        upstream = new StubUpstream(PassthroughTest::answer);
        String url = "http://127.0.0.1:" + upstream.port() + "/v1";
        nobody = new ClosedPort();
        gateway = new RunningGateway(
                "millrace.http.write-timeout=1s",
                "millrace.upstreams[0].models=gpu-*",
                "millrace.upstreams[0].base-url=" + url,
                "millrace.upstreams[0].api-key=upstream-secret",
                "millrace.upstreams[0].silence-timeout=4s",
                "millrace.upstreams[1].models=alias",
                "millrace.upstreams[1].base-url=" + url,
                "millrace.upstreams[1].rename=org/real-name",
                "millrace.upstreams[1].ask-usage=true",
                "millrace.upstreams[2].models=away",
                "millrace.upstreams[2].base-url=http://127.0.0.1:" + nobody.number() + "/v1");
    }

    @AfterAll
    static void stop() throws IOException {
        gateway.close();
        upstream.close();
        nobody.close();
    }

    @BeforeEach
    void forget() {
        upstream.seen.clear();
        gateway.usages.clear();
    }

    private static Function<HttpServerResponse, Publisher<Void>> answer(String body) {
        if (body.contains("gpu-broken")) {
            return response -> response.sse()
                    .send(
                            Flux.just(EVENTS)
                                    .map(PassthroughTest::buffer)
                                    .concatWith(Mono.delay(Duration.ofMillis(50))
                                            .then(Mono.error(new IOException("gone")))),
                            _ -> true);
        }
        if (body.contains("gpu-silent")) {
            return response -> response.sse()
                    .send(Flux.just(EVENTS).map(PassthroughTest::buffer).concatWith(Mono.never()), _ -> true);
        }
        if (body.contains("gpu-endless")) {
            return response -> response.sse()
                    .send(
                            Flux.interval(Duration.ofMillis(5))
                                    .map(_ -> buffer("data: {\"choices\":[{\"delta\":{\"content\":\"x\"}}]}\n\n"))
                                    .doOnCancel(() -> LEFT.set(true))
                                    .doOnError(_ -> LEFT.set(true)),
                            _ -> true);
        }
        if (body.contains("gpu-flood")) {
            String event = "data: {\"choices\":[{\"delta\":{\"content\":\"" + "x".repeat(4_000) + "\"}}]}\n\n";
            return response -> response.sse()
                    .send(
                            Flux.<io.netty.buffer.ByteBuf>generate(sink -> sink.next(buffer(event)))
                                    .doOnCancel(() -> LEFT.set(true))
                                    .doOnError(_ -> LEFT.set(true)),
                            _ -> true);
        }
        if (body.contains("gpu-refuses")) {
            return response -> response.status(422)
                    .header("content-type", "application/json")
                    .header("x-vendor", "7")
                    .sendString(Mono.just("{\"error\":{\"message\":\"no such thing\",\"vendor\":true}}"));
        }
        if (body.contains("\"stream\"")) {
            String text = body.contains("include_usage") ? EVENTS + USAGE + DONE : EVENTS + DONE;
            return response -> response.sse().send(pieces(text), _ -> true);
        }
        return response -> response.header("content-type", "application/json")
                .header("x-vendor", "7")
                .header("set-cookie", "a=b")
                .header("access-control-allow-origin", "*")
                .sendString(Mono.just(ANSWER));
    }

    private static io.netty.buffer.ByteBuf buffer(String text) {
        return Unpooled.copiedBuffer(text, StandardCharsets.UTF_8);
    }

    /** Cut anywhere, in the middle of characters too. */
    private static Flux<io.netty.buffer.ByteBuf> pieces(String text) {
        Random random = new Random(text.length());
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        List<io.netty.buffer.ByteBuf> pieces = new ArrayList<>();
        for (int at = 0, length; at < bytes.length; at += length) {
            length = Math.min(bytes.length - at, 1 + random.nextInt(50));
            pieces.add(Unpooled.copiedBuffer(bytes, at, length));
        }
        return Flux.fromIterable(pieces).delayElements(Duration.ofMillis(1));
    }

    private HttpRequest request(String body) {
        return HttpRequest.newBuilder(gateway.url("/v1/chat/completions"))
                .timeout(Duration.ofSeconds(60))
                .header("Content-Type", "application/json")
                .header("Authorization", "Bearer " + RunningGateway.KEY)
                .header("Cookie", "session=1")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
    }

    private HttpResponse<String> send(String body) throws IOException, InterruptedException {
        return http.send(request(body), HttpResponse.BodyHandlers.ofString());
    }

    private static RequestUsage usage() throws Exception {
        Eventually.holds("usage is noted", () -> !gateway.usages.isEmpty());
        return Objects.requireNonNull(gateway.usages.poll());
    }

    @Test
    void an_answer_passes_as_it_is_and_is_counted() throws Exception {
        String body = "{ \"model\" : \"gpu-1\",\n  \"messages\":[], \"vendor_option\": [1, {\"deep\":null}] }";
        HttpResponse<String> answer = send(body);
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo(ANSWER);
        assertThat(answer.headers().firstValue("x-vendor")).contains("7");
        assertThat(answer.headers().firstValue("set-cookie")).isEmpty();
        assertThat(answer.headers().firstValue("access-control-allow-origin")).isEmpty();
        assertThat(answer.headers().firstValue("x-ratelimit-remaining-tokens")).contains("99");
        StubUpstream.Seen seen = Objects.requireNonNull(upstream.seen.poll());
        assertThat(seen.body()).isEqualTo(body);
        assertThat(seen.path()).isEqualTo("/v1/chat/completions");
        assertThat(seen.authorization()).isEqualTo("Bearer upstream-secret");
        assertThat(seen.requestId())
                .isEqualTo(answer.headers().firstValue("x-request-id").orElse(""));
        RequestUsage usage = usage();
        assertThat(List.of(usage.promptTokens(), usage.completionTokens(), usage.cachedTokens()))
                .containsExactly(12L, 2L, 8L);
        assertThat(usage.model()).isEqualTo("gpu-1");
        assertThat(usage.status()).isEqualTo(200);
        assertThat(gateway.usages).isEmpty();
    }

    @Test
    void a_stream_passes_byte_for_byte_and_is_counted() throws Exception {
        HttpResponse<String> answer =
                send("{\"model\":\"gpu-1\",\"stream\":true,\"stream_options\":{\"include_usage\":true}}");
        assertThat(answer.body()).isEqualTo(EVENTS + USAGE + DONE);
        assertThat(answer.headers().firstValue("content-type").orElse("")).startsWith("text/event-stream");
        RequestUsage usage = usage();
        assertThat(usage.promptTokens()).isEqualTo(12);
        assertThat(usage.completionTokens()).isEqualTo(2);
        assertThat(usage.streamed()).isTrue();
    }

    @Test
    void a_stream_that_says_nothing_of_usage_is_counted_by_its_events() throws Exception {
        HttpResponse<String> answer = send(
                "{\"model\":\"gpu-1\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"12345678\"}]}");
        assertThat(answer.body()).isEqualTo(EVENTS + DONE);
        RequestUsage usage = usage();
        assertThat(usage.promptTokens()).isEqualTo(3);
        assertThat(usage.completionTokens()).isEqualTo(2);
    }

    @Test
    void where_it_is_told_to_the_gateway_asks_for_usage_and_keeps_it_to_itself() throws Exception {
        HttpResponse<String> answer = send("{\"model\":\"alias\",\"stream\":true}");
        assertThat(answer.body()).isEqualTo(EVENTS + DONE);
        assertThat(Objects.requireNonNull(upstream.seen.poll()).body())
                .isEqualTo("{\"model\":\"org/real-name\",\"stream\":true,\"stream_options\":{\"include_usage\":true}}");
        RequestUsage usage = usage();
        assertThat(usage.promptTokens()).isEqualTo(12);
        assertThat(usage.model()).isEqualTo("alias");
    }

    @Test
    void an_error_passes_in_its_own_shape_and_costs_nothing() throws Exception {
        HttpResponse<String> answer = send("{\"model\":\"gpu-refuses\"}");
        assertThat(answer.statusCode()).isEqualTo(422);
        assertThat(answer.body()).isEqualTo("{\"error\":{\"message\":\"no such thing\",\"vendor\":true}}");
        assertThat(answer.headers().firstValue("x-vendor")).contains("7");
        RequestUsage usage = usage();
        assertThat(usage.status()).isEqualTo(422);
        assertThat(usage.promptTokens() + usage.completionTokens()).isZero();
    }

    @Test
    void a_server_that_is_away_is_a_503_that_says_when_to_try_again() throws Exception {
        HttpResponse<String> answer = send("{\"model\":\"away\"}");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(503);
        assertThat(answer.body())
                .contains("'away'")
                .contains("upstream_unavailable")
                .doesNotContain("127.0.0.1");
        assertThat(answer.headers().firstValue("retry-after")).contains("1");
        assertThat(usage().status()).isEqualTo(503);
    }

    @Test
    void a_server_that_breaks_off_ends_the_stream_with_an_error_event() throws Exception {
        HttpResponse<String> answer = send("{\"model\":\"gpu-broken\",\"stream\":true}");
        assertThat(answer.body()).startsWith(EVENTS).contains("\"error\":{").contains("upstream_unavailable");
        RequestUsage usage = usage();
        assertThat(usage.status()).isEqualTo(503);
        assertThat(usage.completionTokens()).isEqualTo(2);
    }

    @Test
    void a_server_that_falls_silent_ends_the_stream_with_an_error_event() throws Exception {
        HttpResponse<String> answer = send("{\"model\":\"gpu-silent\",\"stream\":true}");
        assertThat(answer.body()).startsWith(EVENTS).contains("upstream_timeout");
        assertThat(usage().completionTokens()).isEqualTo(2);
    }

    @Test
    void a_client_that_goes_away_frees_the_server_and_pays_for_what_it_got() throws Exception {
        LEFT.set(false);
        HttpResponse<java.io.InputStream> answer = http.send(
                request("{\"model\":\"gpu-endless\",\"stream\":true}"), HttpResponse.BodyHandlers.ofInputStream());
        assertThat(answer.body().readNBytes(500)).hasSize(500);
        answer.body().close();
        Eventually.holds("the server is left", LEFT::get);
        RequestUsage usage = usage();
        assertThat(usage.status()).isEqualTo(499);
        assertThat(usage.completionTokens()).isGreaterThanOrEqualTo(9);
        assertThat(gateway.limits.open.get()).isZero();
    }

    @Test
    void a_client_that_does_not_read_frees_the_server_in_time() throws Exception {
        LEFT.set(false);
        String body = "{\"model\":\"gpu-flood\",\"stream\":true}";
        try (Socket socket = new Socket()) {
            socket.setReceiveBufferSize(4 << 10);
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), gateway.port()));
            socket.getOutputStream()
                    .write(("POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "
                                    + RunningGateway.KEY + "\r\nContent-Length: " + body.length() + "\r\n\r\n" + body)
                            .getBytes(StandardCharsets.US_ASCII));
            Eventually.holds("the server is left", LEFT::get);
            assertThat(usage().status()).isEqualTo(499);
            assertThat(gateway.limits.open.get()).isZero();
        }
    }

    /** A pattern takes in any name; the usage of one that can't be kept would hold up all other usage. */
    @Test
    void a_name_that_is_none_reaches_no_server_whatever_the_pattern() throws Exception {
        for (String model : List.of("gpu-\\u0000", "gpu-\\n", "gpu-" + "x".repeat(197))) {
            HttpResponse<String> answer = send("{\"model\":\"" + model + "\",\"messages\":[]}");
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(404);
            assertThat(answer.body()).contains("model_not_found").hasSizeLessThan(500);
        }
        assertThat(upstream.seen).isEmpty();
        assertThat(gateway.usages).isEmpty();
        assertThat(send("{\"model\":\"gpu-" + "x".repeat(196) + "\"}").statusCode())
                .isEqualTo(200);
        assertThat(usage().model()).hasSize(200);
    }

    @Test
    void the_limits_are_the_caller_s() throws Exception {
        gateway.limits.refusing.set(true);
        try {
            HttpResponse<String> answer = send("{\"model\":\"gpu-1\"}");
            assertThat(answer.statusCode()).isEqualTo(429);
            assertThat(upstream.seen).isEmpty();
        } finally {
            gateway.limits.refusing.set(false);
        }
    }
}
