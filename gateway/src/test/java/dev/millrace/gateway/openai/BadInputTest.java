package dev.millrace.gateway.openai;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.gateway.FakeBackend;
import dev.millrace.gateway.RunningGateway;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** What must be refused, and how; after each, the server answers the next request as before. */
class BadInputTest {
    private static final String CHAT = "/v1/chat/completions";
    private static RunningGateway gateway;
    private static Client client;

    @BeforeAll
    static void start() {
        gateway = new RunningGateway();
        client = new Client(gateway);
        client.awaitModel(FakeBackend.TINY);
    }

    @AfterAll
    static void stop() {
        gateway.close();
    }

    @AfterEach
    void the_next_request_is_served_as_before_and_nothing_stays_reserved() {
        HttpResponse<String> next = client.post(CHAT, chat("\"max_tokens\": 1"));
        assertThat(next.statusCode()).as(next.body()).isEqualTo(200);
        assertThat(gateway.limits.open).hasValue(0);
    }

    /** A chat with further fields. */
    static String chat(String fields) {
        return "{\"model\":\"tiny\",\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]," + fields + "}";
    }

    static String quoted(String json) {
        return json.replace('\'', '"');
    }

    /** The error of a refused request, its shape checked. */
    static JsonNode error(HttpResponse<String> answer, int status) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(answer.headers().firstValue("x-request-id")).isPresent();
        assertThat(answer.headers().firstValue("content-type")).hasValue("application/json");
        JsonNode error = Client.json(answer).path("error");
        assertThat(error.path("message").stringValue()).isNotBlank();
        assertThat(error.path("type").stringValue()).isNotBlank();
        assertThat(error.propertyNames()).containsExactly("message", "type", "param", "code");
        return error;
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            'temperature': -1                      | temperature       | from 0 to 2, was -1
            'temperature': 3                       | temperature       | from 0 to 2, was 3
            'temperature': 'NaN'                   | temperature       | must be a number, was "NaN"
            'temperature': 1e400                   | temperature       | from 0 to 2
            'temperature': true                    | temperature       | must be a number, was true
            'max_tokens': 0                        | max_tokens        | 1 or more, was 0
            'max_tokens': -1                       | max_tokens        | 1 or more, was -1
            'max_tokens': 1.5                      | max_tokens        | must be a whole number, was 1.5
            'max_tokens': true                     | max_tokens        | must be a whole number, was true
            'max_tokens': '5'                      | max_tokens        | must be a whole number, was "5"
            'max_tokens': 1000000000000            | max_tokens        | was 1000000000000
            'max_completion_tokens': 0             | max_completion_tokens | 1 or more, was 0
            'top_p': 2                             | top_p             | from 0 to 1, was 2
            'top_p': 0                             | top_p             | above 0
            'top_p': -0.1                          | top_p             | from 0 to 1
            'min_p': 1.1                           | min_p             | from 0 to 1
            'top_k': -2                            | top_k             | was -2
            'repetition_penalty': 0                | repetition_penalty | was 0
            'presence_penalty': 2.1                | presence_penalty  | from -2 to 2
            'frequency_penalty': -3                | frequency_penalty | from -2 to 2
            'logprobs': 3                          | logprobs          | true or false, was 3
            'logprobs': true, 'top_logprobs': 100  | top_logprobs      | from 0 to 20, was 100
            'top_logprobs': 3                      | top_logprobs      | logprobs: true
            'n': 1000                              | n                 | from 1 to 128, was 1000
            'n': 0                                 | n                 | 1 to 128, was 0
            'seed': 0.5                            | seed              | whole number
            'seed': 99999999999999999999           | seed              | was 99999999999999999999
            'stop': 7                              | stop              | an array, was 7
            'stop': ['']                           | stop[0]           | at least one character
            'stop': [1]                            | stop[0]           | must be a string, was 1
            'stop_token_ids': [512]                | stop_token_ids[0] | from 0 to 511, was 512
            'logit_bias': {'512': 1}               | logit_bias        | from 0 to 511
            'logit_bias': {'-1': 1}                | logit_bias        | from 0 to 511
            'logit_bias': {'x': 1}                 | logit_bias        | "x"
            'logit_bias': {'5': 101}               | logit_bias.5      | from -100 to 100, was 101
            'logit_bias': {'5': 'a'}               | logit_bias.5      | must be a number
            'logit_bias': [1]                      | logit_bias        | must be an object
            'min_tokens': 9, 'max_tokens': 3       | min_tokens        | max_tokens (3) at most, was 9
            'stream': 'yes'                        | stream            | true or false
            'stream_options': {'include_usage': true} | stream_options | stream: true
            'stream': true, 'stream_options': {'x': 1} | stream_options.x | unrecognized
            'continue_final_message': true, 'add_generation_prompt': true | continue_final_message | both
            'chat_template_kwargs': 5              | chat_template_kwargs | an object
            'cache_salt': 5                        | cache_salt        | a string
            'priority': 0.5                        | priority          | whole number
            """)
    void a_parameter_that_cannot_be_meant_is_refused_by_name(String fields, String param, String message) {
        JsonNode error = error(client.post(CHAT, chat(quoted(fields))), 400);
        assertThat(error.path("param").stringValue()).isEqualTo(param);
        assertThat(error.path("message").stringValue()).contains(message);
        assertThat(error.path("type").stringValue()).isEqualTo("invalid_request_error");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'tools': [{'type': 'function', 'function': {'name': 'f'}}]",
                "'tool_choice': 'auto'",
                "'functions': [{'name': 'f'}]",
                "'function_call': 'auto'",
                "'response_format': {'type': 'json_object'}",
                "'response_format': {'type': 'json_schema', 'json_schema': {}}",
                "'modalities': ['text', 'audio']",
                "'audio': {'voice': 'alloy', 'format': 'mp3'}",
                "'prediction': {'type': 'content', 'content': 'x'}",
                "'web_search_options': {}",
                "'store': true",
                "'service_tier': 'priority'",
                "'verbosity': 'low'",
            })
    void what_is_not_supported_yet_is_refused_by_name(String field) {
        JsonNode error = error(client.post(CHAT, chat(quoted(field))), 400);
        assertThat(error.path("code").stringValue()).isEqualTo("unsupported_parameter");
        assertThat(error.path("message").stringValue())
                .startsWith(field.substring(1, field.indexOf('\'', 1)))
                .contains("not supported yet");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'tools': []",
                "'tools': null",
                "'tool_choice': 'none'",
                "'parallel_tool_calls': true",
                "'response_format': {'type': 'text'}",
                "'modalities': ['text']",
                "'store': false",
                "'service_tier': 'auto'",
                "'reasoning_effort': 'low'",
                "'user': 'me', 'metadata': {'a': 'b'}, 'safety_identifier': 'x', 'prompt_cache_key': 'k'",
                "'top_k': -1, 'min_p': 0.1, 'repetition_penalty': 1.1, 'ignore_eos': true, 'min_tokens': 1",
                "'stop_token_ids': [5], 'priority': 3, 'cache_salt': 's', 'chat_template_kwargs': {'a': false}",
                "'temperature': null, 'max_tokens': null, 'stop': null, 'logit_bias': null, 'seed': null",
                "'stop': ['a', 'b'], 'logit_bias': {'5': -100, '6': 100}, 'seed': -9223372036854775808",
            })
    void what_asks_for_nothing_special_is_accepted(String field) {
        HttpResponse<String> answer = client.post(CHAT, chat(quoted(field)));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            []                                                     | messages               | at least one message
            'hi'                                                   | messages               | an array
            null                                                   | messages               | is missing
            ['hi']                                                 | messages[0]            | an object
            [{'content': 'x'}]                                     | messages[0].role       | is missing
            [{'role': 'wizard', 'content': 'x'}]                   | messages[0].role       | was "wizard"
            [{'role': 'user'}]                                     | messages[0].content    | is missing
            [{'role': 'user', 'content': 5}]                       | messages[0].content    | a string or an array
            [{'role': 'user', 'content': 'x', 'colour': 'red'}]    | messages[0].colour     | unrecognized
            [{'role': 'user', 'content': [{'type': 'poem'}]}]      | messages[0].content[0].type | "poem"
            [{'role': 'user', 'content': [{'type': 'text'}]}]      | messages[0].content[0].text | is missing
            [{'role': 'user', 'content': [{'type': 'image_url', 'image_url': {'url': 'x'}}]}] | messages[0].content[0].type | not supported yet
            [{'role': 'tool', 'content': 'x'}]                     | messages[0].tool_call_id | is missing
            """)
    void messages_of_the_wrong_shape_are_refused_where_they_are_wrong(String messages, String param, String message) {
        JsonNode error = error(client.post(CHAT, quoted("{'model':'tiny','messages':" + messages + "}")), 400);
        assertThat(error.path("param").stringValue()).isEqualTo(param);
        assertThat(error.path("message").stringValue()).contains(message);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "hello",
                "[1,2]",
                "\"text\"",
                "null",
                "{\"model\":",
                "{\"model\":\"tiny\"} trailing",
                "{\"model\":\"tiny\",\"model\":\"tiny\"}",
                "{\"model\":\"tiny\",\"temperature\":NaN}",
                "{'model':'tiny'}",
            })
    void a_body_that_is_no_json_object_is_refused(String body) {
        JsonNode error = error(client.post(CHAT, body), 400);
        assertThat(error.path("code").stringValue()).isEqualTo("invalid_json");
    }

    @Test
    void json_that_is_nested_too_deeply_is_refused() {
        String deep = "[".repeat(100_000) + "]".repeat(100_000);
        JsonNode error = error(client.post(CHAT, chat("\"metadata\":" + deep)), 400);
        assertThat(error.path("message").stringValue()).contains("depth");
    }

    @Test
    void an_unknown_parameter_is_refused_by_name() {
        JsonNode error = error(client.post(CHAT, chat("\"temprature\": 1")), 400);
        assertThat(error.path("message").stringValue()).isEqualTo("unrecognized request argument: temprature");
        assertThat(error.path("param").stringValue()).isEqualTo("temprature");
    }

    @Test
    void a_hundred_stop_strings_are_refused() {
        String stops = "\"s\",".repeat(99) + "\"s\"";
        JsonNode error = error(client.post(CHAT, chat("\"stop\": [" + stops + "]")), 400);
        assertThat(error.path("message").stringValue()).isEqualTo("stop may have 16 elements at most, had 100");
    }

    @Test
    void an_unknown_model_is_not_found() {
        JsonNode error = error(client.post(CHAT, "{\"model\":\"gpt-9\",\"messages\":[]}"), 404);
        assertThat(error.path("code").stringValue()).isEqualTo("model_not_found");
        assertThat(error.path("message").stringValue()).contains("gpt-9");
    }

    @Test
    void a_model_s_name_of_a_megabyte_is_not_sent_back() {
        String name = "gpt".repeat(350_000);
        HttpResponse<String> answer = client.post(CHAT, "{\"model\":\"" + name + "\",\"messages\":[]}");
        assertThat(error(answer, 404).path("code").stringValue()).isEqualTo("model_not_found");
        assertThat(answer.body()).contains("gptgptgpt").hasSizeLessThan(500);
    }

    @Test
    void a_prompt_longer_than_the_context_is_refused_with_both_numbers() {
        String text = "a".repeat(2_100);
        JsonNode error = error(
                client.post(
                        CHAT, "{\"model\":\"tiny\",\"messages\":[{\"role\":\"user\",\"content\":\"" + text + "\"}]}"),
                400);
        assertThat(error.path("code").stringValue()).isEqualTo("context_length_exceeded");
        assertThat(error.path("message").stringValue()).contains("2000 tokens").contains("2106");
    }

    @Test
    void more_tokens_than_the_context_holds_are_refused_with_both_numbers() {
        JsonNode error = error(client.post(CHAT, chat("\"max_tokens\": 1000000000")), 400);
        assertThat(error.path("code").stringValue()).isEqualTo("context_length_exceeded");
        assertThat(error.path("message").stringValue()).contains("2000 tokens").contains("1000000000 in the answer");
    }

    @Test
    void half_a_surrogate_pair_is_refused_and_a_nul_is_text() {
        JsonNode error = error(
                client.post(CHAT, "{\"model\":\"tiny\",\"messages\":[{\"role\":\"user\",\"content\":\"ab\\ud800c\"}]}"),
                400);
        assertThat(error.path("param").stringValue()).isEqualTo("messages[0].content");
        assertThat(error.path("message").stringValue()).contains("\\ud800").contains("position 2");
        assertThat(error(client.post(CHAT, chat("\"stop\": \"\\udc00\"")), 400)
                        .path("param")
                        .stringValue())
                .isEqualTo("stop");
        gateway.backend.chats.clear();
        HttpResponse<String> kept = client.post(
                CHAT,
                "{\"model\":\"tiny\",\"messages\":[{\"role\":\"user\",\"content\":\"a\\u0000b \\ud83d\\ude00\"}]}");
        assertThat(kept.statusCode()).isEqualTo(200);
        assertThat(gateway.backend.chats.remove().getMessages(0).getContent(0).getText())
                .isEqualTo("a\0b \uD83D\uDE00");
    }

    @Test
    void bytes_that_are_no_utf_8_are_refused() {
        byte[] body = chat("\"user\": \"X\"").getBytes(java.nio.charset.StandardCharsets.UTF_8);
        body[new String(body, java.nio.charset.StandardCharsets.UTF_8).indexOf('X')] = (byte) 0xFF;
        error(
                client.send(client.request(CHAT)
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofByteArray(body))),
                400);
    }

    @Test
    void a_body_of_50_mb_is_refused() {
        byte[] body = new byte[50_000_000];
        JsonNode error = error(
                client.send(client.request(CHAT)
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofByteArray(body))),
                413);
        assertThat(error.path("message").stringValue())
                .contains("8388608 bytes at most")
                .contains("50000000");
    }

    @Test
    void a_body_of_50_mb_that_does_not_say_so_is_refused() {
        byte[] part = new byte[1_000_000];
        java.util.Arrays.fill(part, (byte) ' ');
        JsonNode error = error(
                client.send(client.request(CHAT)
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofByteArrays(java.util.Collections.nCopies(50, part)))),
                413);
        assertThat(error.path("code").stringValue()).isEqualTo("request_too_large");
    }

    @Test
    void a_gzip_bomb_is_refused_unread() throws IOException {
        ByteArrayOutputStream bomb = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(bomb)) {
            byte[] zeros = new byte[1 << 20];
            for (int i = 0; i < 100; i++) {
                gzip.write(zeros);
            }
        }
        JsonNode error = error(
                client.send(client.request(CHAT)
                        .header("Content-Type", "application/json")
                        .header("Content-Encoding", "gzip")
                        .POST(BodyPublishers.ofByteArray(bomb.toByteArray()))),
                415);
        assertThat(error.path("message").stringValue()).contains("gzip");
    }

    @Test
    void another_content_type_is_refused() {
        error(
                client.send(
                        client.request(CHAT).header("Content-Type", "text/xml").POST(BodyPublishers.ofString("<a/>"))),
                415);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            Bearer mr-revoked | invalid_api_key | revoked
            Bearer mr-expired | invalid_api_key | expired
            Bearer mr-wrong   | invalid_api_key | not one of this server's
            Bearer            | missing_api_key | Bearer
            Basic bWU6cHc=    | missing_api_key | Bearer
            """)
    void a_key_that_opens_nothing_is_refused(String authorization, String code, String message) {
        HttpRequest.Builder request = HttpRequest.newBuilder(gateway.url(CHAT))
                .header("Authorization", authorization)
                .POST(BodyPublishers.ofString(chat("\"n\": 1")));
        JsonNode error = error(client.send(request), 401);
        assertThat(error.path("type").stringValue()).isEqualTo("authentication_error");
        assertThat(error.path("code").stringValue()).isEqualTo(code);
        assertThat(error.path("message").stringValue()).contains(message);
    }

    @Test
    void without_a_key_only_health_and_the_description_are_open() {
        JsonNode error =
                error(client.send(HttpRequest.newBuilder(gateway.url(CHAT)).POST(BodyPublishers.noBody())), 401);
        assertThat(error.path("code").stringValue()).isEqualTo("missing_api_key");
        assertThat(error.path("message").stringValue()).contains("authorization: Bearer YOUR_KEY");
        error(client.send(HttpRequest.newBuilder(gateway.url("/v1/models")).GET()), 401);
        error(client.send(HttpRequest.newBuilder(gateway.url("/nowhere")).GET()), 401);
        assertThat(client.send(HttpRequest.newBuilder(gateway.url("/health")).GET())
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    void a_key_for_other_things_may_not_generate() {
        HttpRequest.Builder request = HttpRequest.newBuilder(gateway.url(CHAT))
                .header("Authorization", "Bearer " + RunningGateway.ADMIN_KEY)
                .POST(BodyPublishers.ofString(chat("\"n\": 1")));
        assertThat(error(client.send(request), 403).path("type").stringValue()).isEqualTo("permission_error");
    }

    @Test
    void a_model_that_a_key_does_not_open_does_not_exist_for_it() {
        HttpRequest.Builder request = HttpRequest.newBuilder(gateway.url(CHAT))
                .header("Authorization", "Bearer " + RunningGateway.TINY_ONLY_KEY)
                .POST(BodyPublishers.ofString(chat("\"n\": 1").replace("tiny", FakeBackend.ENDLESS)));
        assertThat(error(client.send(request), 404).path("code").stringValue()).isEqualTo("model_not_found");
    }

    @Test
    void unknown_paths_and_methods_are_told_apart() {
        assertThat(error(client.get("/v1/fictions"), 404).path("code").stringValue())
                .isEqualTo("unknown_url");
        HttpResponse<String> answer = client.get(CHAT);
        assertThat(error(answer, 405).path("code").stringValue()).isEqualTo("method_not_allowed");
        assertThat(answer.headers().firstValue("allow")).hasValue("POST");
    }

    @Test
    void a_model_that_is_not_ready_is_unavailable_and_says_why() {
        HttpResponse<String> loading = client.post(CHAT, chat("\"n\": 1").replace("tiny", FakeBackend.LOADING));
        assertThat(error(loading, 503).path("code").stringValue()).isEqualTo("model_loading");
        assertThat(loading.headers().firstValue("retry-after")).hasValue("2");
        HttpResponse<String> failed = client.post(CHAT, chat("\"n\": 1").replace("tiny", FakeBackend.FAILED));
        assertThat(error(failed, 503).path("message").stringValue()).contains("the file is truncated");
    }

    @Test
    void a_full_engine_is_overloaded_and_says_when_to_try_again() {
        for (String stream : new String[] {"true", "false"}) {
            HttpResponse<String> answer =
                    client.post(CHAT, chat("\"stream\": " + stream).replace("tiny", FakeBackend.BUSY));
            assertThat(error(answer, 503).path("message").stringValue()).contains("64 requests wait");
            assertThat(answer.headers().firstValue("retry-after")).hasValue("3");
        }
    }

    @Test
    void an_engine_that_fails_tells_the_client_nothing_of_its_inside() {
        HttpResponse<String> answer = client.post(CHAT, chat("\"n\": 1").replace("tiny", FakeBackend.CRASHES));
        JsonNode error = error(answer, 500);
        assertThat(error.path("type").stringValue()).isEqualTo("server_error");
        assertThat(answer.body()).doesNotContain("secret");
    }

    @Test
    void a_limit_that_is_reached_is_told_with_the_time_to_wait() {
        gateway.limits.refusing.set(true);
        try {
            HttpResponse<String> answer = client.post(CHAT, chat("\"n\": 1"));
            JsonNode error = error(answer, 429);
            assertThat(error.path("code").stringValue()).isEqualTo("rate_limit_exceeded");
            assertThat(answer.headers().firstValue("retry-after")).hasValue("2");
            assertThat(answer.headers().firstValue("retry-after-ms")).hasValue("1500");
            assertThat(answer.headers().firstValue("x-ratelimit-remaining-tokens"))
                    .hasValue("0");
        } finally {
            gateway.limits.refusing.set(false);
        }
    }

    @Test
    void by_default_no_page_from_elsewhere_is_let_in() {
        HttpResponse<String> asked = client.send(client.withoutKey(CHAT)
                .header("Origin", "https://chat.example.org")
                .header("Access-Control-Request-Method", "POST")
                .method("OPTIONS", BodyPublishers.noBody()));
        error(asked, 401);
        assertThat(asked.headers().firstValue("access-control-allow-origin")).isEmpty();
        HttpResponse<String> answer = client.send(client.request(CHAT)
                .header("Origin", "https://chat.example.org")
                .POST(BodyPublishers.ofString(chat("\"max_tokens\": 1"))));
        assertThat(answer.headers().firstValue("access-control-allow-origin")).isEmpty();
    }

    @Test
    void a_sane_request_id_of_the_clients_own_comes_back() {
        assertThat(client.send(client.request("/v1/models")
                                .header("X-Request-Id", "my-id.7")
                                .GET())
                        .headers()
                        .firstValue("x-request-id"))
                .hasValue("my-id.7");
        assertThat(client.send(client.request("/v1/models")
                                .header("X-Request-Id", "<script>" + "x".repeat(500))
                                .GET())
                        .headers()
                        .firstValue("x-request-id")
                        .orElseThrow())
                .matches("req_[0-9a-f]{32}");
    }
}
