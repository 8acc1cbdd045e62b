package dev.millrace.gateway.openai;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.gateway.FakeBackend;
import dev.millrace.gateway.RunningGateway;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class ChatTest {
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

    @Test
    void a_chat_is_answered_in_one_piece() {
        HttpResponse<String> answer = client.post("/v1/chat/completions", """
                {"model":"tiny","messages":[{"role":"user","content":"Hello"}],"max_tokens":3}""");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        JsonNode json = Client.json(answer);
        assertThat(json.at("/object").stringValue()).isEqualTo("chat.completion");
        assertThat(json.at("/choices/0/message/content").stringValue()).isEqualTo("w0 w1 w2");
        assertThat(json.at("/choices/0/message/role").stringValue()).isEqualTo("assistant");
        assertThat(json.at("/choices/0/finish_reason").stringValue()).isEqualTo("length");
        assertThat(json.at("/usage/prompt_tokens").intValue()).isEqualTo("user:Hello\n".length());
        assertThat(json.at("/usage/completion_tokens").intValue()).isEqualTo(3);
        JsonNode details = json.at("/usage/completion_tokens_details");
        assertThat(details.at("/accepted_prediction_tokens").intValue()).isEqualTo(2);
        assertThat(details.at("/rejected_prediction_tokens").intValue()).isEqualTo(1);
        assertThat(json.at("/timings/prefill_ms").doubleValue()).isEqualTo(2);
        assertThat(json.at("/timings/drafted_tokens").intValue()).isEqualTo(3);
        assertThat(json.at("/timings/accepted_tokens").intValue()).isEqualTo(2);
    }

    @Test
    void a_streamed_chat_begins_with_a_role_and_ends_with_usage_and_done() {
        HttpResponse<String> answer = client.post("/v1/chat/completions", """
                {"model":"tiny","messages":[{"role":"user","content":"Hello"}],"max_tokens":2,"stream":true,
                 "stream_options":{"include_usage":true}}""");
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("content-type")).hasValue("text/event-stream;charset=UTF-8");
        List<String> events = Client.events(answer.body());
        assertThat(events.getLast()).isEqualTo("[DONE]");
        List<JsonNode> chunks =
                events.stream().limit(events.size() - 1).map(Client::json).toList();
        assertThat(chunks.getFirst().at("/choices/0/delta/role").stringValue()).isEqualTo("assistant");
        assertThat(chunks.get(1).at("/choices/0/delta/content").stringValue()).isEqualTo("w0");
        assertThat(chunks.get(2).at("/choices/0/delta/content").stringValue()).isEqualTo(" w1");
        assertThat(chunks.get(3).at("/choices/0/finish_reason").stringValue()).isEqualTo("length");
        assertThat(chunks.get(4).at("/choices")).isEmpty();
        assertThat(chunks.get(4).at("/usage/total_tokens").intValue()).isEqualTo("user:Hello\n".length() + 2);
        assertThat(chunks).hasSize(5);
    }
}
