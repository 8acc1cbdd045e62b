package dev.millrace.gateway.openai;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.gateway.FakeBackend;
import dev.millrace.gateway.RunningGateway;
import dev.millrace.gateway.ScriptedRag;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** {@code POST /v1/chat/completions} with file_search. */
class GroundedChatTest {
    private static final String PATH = "/v1/chat/completions";
    private static final ScriptedRag RAG = new ScriptedRag();
    private static RunningGateway gateway;
    private static Client client;
    private static Description description;

    @BeforeAll
    static void start() {
        gateway = new RunningGateway("millrace.rag.address=" + RAG.address());
        client = new Client(gateway);
        client.awaitModel(FakeBackend.SCRIPTED);
        description = new Description(Client.json(client.get("/openapi.json")));
        RAG.has("file-mill", "mill.pdf", 3, "The mill was built in 1820. It stands by the river.");
        gateway.backend.script = "The mill was built in 1820 [1].";
    }

    @AfterAll
    static void stop() {
        gateway.close();
        RAG.close();
    }

    private static HttpResponse<String> ask(String fields) {
        return client.post(
                PATH,
                BadInputTest.quoted("{'model':'scripted','messages':[{'role':'user','content':'When was the"
                        + " mill built?'}],'tools':[{'type':'file_search','vector_store_ids':['vs_mill']}]" + fields
                        + "}"));
    }

    private static JsonNode schema(String type) {
        return description.operation("post " + PATH).at("/responses/200/content/" + type + "/schema");
    }

    @Test
    void the_message_has_annotations_and_grounding() {
        HttpResponse<String> answer = ask("");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        description.check(schema("application~1json"), Client.json(answer));
        JsonNode message = Client.json(answer).at("/choices/0/message");
        assertThat(message.at("/content").stringValue()).isEqualTo("The mill was built in 1820.");
        assertThat(message.at("/annotations/0/file_id").stringValue()).isEqualTo("file-mill");
        assertThat(message.at("/annotations/0/index").intValue()).isEqualTo(27);
        assertThat(message.at("/grounding/verdict").stringValue()).isEqualTo("supported");
        assertThat(Client.json(answer).at("/choices/0/finish_reason").stringValue())
                .isEqualTo("stop");
    }

    @Test
    void chunks_bring_a_role_text_annotations_grounding_a_reason_and_usage() {
        HttpResponse<String> answer = ask(",'stream':true,'stream_options':{'include_usage':true}");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        List<String> events = Client.events(answer.body());
        assertThat(events.getLast()).isEqualTo("[DONE]");
        List<JsonNode> chunks =
                events.stream().limit(events.size() - 1).map(Client::json).toList();
        chunks.forEach(chunk -> description.check(schema("text~1event-stream"), chunk));
        assertThat(chunks.getFirst().at("/choices/0/delta/role").stringValue()).isEqualTo("assistant");
        List<JsonNode> last = chunks.subList(chunks.size() - 4, chunks.size());
        assertThat(last.get(0).at("/choices/0/delta/annotations/0/filename").stringValue())
                .isEqualTo("mill.pdf");
        assertThat(last.get(1).at("/choices/0/delta/grounding/verdict").stringValue())
                .isEqualTo("supported");
        assertThat(last.get(2).at("/choices/0/finish_reason").stringValue()).isEqualTo("stop");
        assertThat(last.get(3).at("/usage/completion_tokens").intValue()).isPositive();
        StringBuilder text = new StringBuilder();
        chunks.forEach(chunk -> text.append(chunk.at("/choices/0/delta/content").asString("")));
        assertThat(text.toString()).isEqualTo("The mill was built in 1820.");
    }

    @Test
    void reasoning_is_shown_as_reasoning_content_and_is_no_part_of_the_answer() {
        gateway.backend.script = "Reasoning: source 1 has it.\nAnswer: The mill was built in 1820.";
        try {
            HttpResponse<String> whole = ask(",'millrace':{'step_by_step':true}");
            assertThat(whole.statusCode()).as(whole.body()).isEqualTo(200);
            description.check(schema("application~1json"), Client.json(whole));
            JsonNode message = Client.json(whole).at("/choices/0/message");
            assertThat(message.at("/reasoning_content").stringValue()).isEqualTo("source 1 has it.");
            assertThat(message.at("/content").stringValue()).isEqualTo("The mill was built in 1820.");
            assertThat(message.at("/grounding/sentences")).hasSize(1);

            StringBuilder reasoning = new StringBuilder();
            List<String> events = Client.events(
                    ask(",'millrace':{'step_by_step':true},'stream':true").body());
            events.stream().limit(events.size() - 1).map(Client::json).forEach(chunk -> {
                description.check(schema("text~1event-stream"), chunk);
                reasoning.append(chunk.at("/choices/0/delta/reasoning_content").asString(""));
            });
            assertThat(reasoning.toString()).isEqualTo("source 1 has it.");
        } finally {
            gateway.backend.script = "The mill was built in 1820 [1].";
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'n':2|n",
                "'logprobs':true|logprobs",
                "'continue_final_message':true|continue_final_message",
                "'millrace':{'judge':'jury'}|millrace.judge",
                "'millrace':{'steps':true}|millrace.steps",
                "'millrace':{'judge':'vote'},'tool_choice':'none'|millrace"
            })
    void what_an_answer_from_documents_cannot_be_is_refused(String field, String param) {
        JsonNode error = BadInputTest.error(ask("," + field.replace("\"", "'")), 400);
        assertThat(error.path("param").stringValue()).isEqualTo(param);
    }
}
