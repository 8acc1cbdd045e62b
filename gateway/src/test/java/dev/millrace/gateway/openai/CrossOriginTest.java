package dev.millrace.gateway.openai;

import static dev.millrace.gateway.openai.BadInputTest.chat;
import static dev.millrace.gateway.openai.BadInputTest.error;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.gateway.FakeBackend;
import dev.millrace.gateway.RunningGateway;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a browser asks and is told on behalf of a page from elsewhere; without a setting, see {@link BadInputTest}. */
class CrossOriginTest {
    private static final String CHAT = "/v1/chat/completions";
    private static final String PAGE = "https://chat.example.org";
    private static RunningGateway gateway;
    private static Client client;

    @BeforeAll
    static void start() {
        gateway = new RunningGateway("millrace.http.cors-origins=" + PAGE + ",https://*.example.com");
        client = new Client(gateway);
        client.awaitModel(FakeBackend.TINY);
    }

    @AfterAll
    static void stop() {
        gateway.close();
    }

    private static HttpRequest.Builder preflight(String origin) {
        return client.withoutKey(CHAT)
                .header("Origin", origin)
                .header("Access-Control-Request-Method", "POST")
                .header("Access-Control-Request-Headers", "authorization,content-type")
                .method("OPTIONS", BodyPublishers.noBody());
    }

    private static HttpResponse<String> post(String origin, String body) {
        return client.send(client.request(CHAT).header("Origin", origin).POST(BodyPublishers.ofString(body)));
    }

    private static List<String> list(HttpResponse<?> answer, String header) {
        return answer.headers().allValues(header).stream()
                .flatMap(value -> Arrays.stream(value.split(",", -1)))
                .map(name -> name.strip().toLowerCase(Locale.ROOT))
                .toList();
    }

    /** The page may read the answer, and these headers of it. */
    private static void readable(HttpResponse<?> answer, String... headers) {
        assertThat(answer.headers().allValues("access-control-allow-origin")).containsExactly(PAGE);
        assertThat(answer.headers().allValues("vary")).contains("Origin");
        for (String header : headers) {
            assertThat(answer.headers().firstValue(header)).as(header).isPresent();
        }
        assertThat(list(answer, "access-control-expose-headers")).contains(headers);
    }

    @ParameterizedTest
    @ValueSource(strings = {PAGE, "https://a.example.com"})
    void a_browser_may_ask_for_a_named_page_with_a_key_to_come(String origin) {
        HttpResponse<String> answer = client.send(preflight(origin));
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().allValues("access-control-allow-origin")).containsExactly(origin);
        assertThat(list(answer, "access-control-allow-methods")).contains("post");
        assertThat(list(answer, "access-control-allow-headers")).containsExactly("authorization", "content-type");
        assertThat(answer.headers().firstValue("access-control-max-age")).hasValue("3600");
    }

    @Test
    void a_named_page_reads_answers_and_their_headers() {
        HttpResponse<String> answer = post(PAGE, chat("\"max_tokens\": 1"));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        readable(answer, "x-request-id", "x-ratelimit-remaining-tokens");
        assertThat(list(answer, "access-control-expose-headers"))
                .contains(
                        "x-ratelimit-limit-requests",
                        "x-ratelimit-remaining-requests",
                        "x-ratelimit-reset-requests",
                        "x-ratelimit-limit-tokens",
                        "x-ratelimit-remaining-tokens",
                        "x-ratelimit-reset-tokens");
    }

    @Test
    void a_named_page_reads_streams() {
        HttpResponse<String> answer = post(PAGE, chat("\"max_tokens\": 2, \"stream\": true"));
        assertThat(answer.headers().firstValue("content-type"))
                .hasValueSatisfying(type -> assertThat(type).startsWith("text/event-stream"));
        assertThat(Client.events(answer.body())).last().isEqualTo("[DONE]");
        readable(answer, "x-request-id", "x-ratelimit-remaining-tokens");
    }

    @Test
    void a_named_page_reads_what_was_wrong() {
        HttpResponse<String> wrong = post(PAGE, chat("\"n\": 0"));
        error(wrong, 400);
        readable(wrong, "x-request-id");
        HttpResponse<String> keyless = client.send(
                HttpRequest.newBuilder(gateway.url(CHAT)).header("Origin", PAGE).POST(BodyPublishers.noBody()));
        error(keyless, 401);
        readable(keyless, "x-request-id");
        HttpResponse<String> nowhere =
                client.send(client.request("/nowhere").header("Origin", PAGE).GET());
        error(nowhere, 404);
        readable(nowhere, "x-request-id");
    }

    @Test
    void a_named_page_reads_when_to_come_again() {
        gateway.limits.refusing.set(true);
        try {
            HttpResponse<String> answer = post(PAGE, chat("\"n\": 1"));
            error(answer, 429);
            readable(answer, "x-request-id", "retry-after", "retry-after-ms", "x-ratelimit-remaining-tokens");
        } finally {
            gateway.limits.refusing.set(false);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://evil.example.net",
                "http://chat.example.org",
                "https://chat.example.org:8443",
                "https://chat.example.org.evil.net",
                "https://example.com",
                "null",
            })
    void another_page_is_told_so_and_nothing_is_done_for_it(String origin) {
        HttpResponse<String> asked = client.send(preflight(origin));
        assertThat(error(asked, 403).path("code").stringValue()).isEqualTo("origin_not_allowed");
        assertThat(asked.headers().firstValue("access-control-allow-origin")).isEmpty();
        gateway.backend.requests.clear();
        HttpResponse<String> answer = post(origin, chat("\"n\": 1"));
        assertThat(error(answer, 403).path("message").stringValue())
                .contains("pages of " + origin + " may not")
                .contains("millrace.http.cors-origins");
        assertThat(answer.headers().firstValue("access-control-allow-origin")).isEmpty();
        assertThat(gateway.backend.requests).isEmpty();
    }

    @Test
    void who_is_no_page_is_answered_as_ever() {
        HttpResponse<String> answer = client.post(CHAT, chat("\"max_tokens\": 1"));
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("access-control-allow-origin")).isEmpty();
    }
}
