package dev.millrace.gateway.openai;

import static dev.millrace.gateway.openai.AskedGateway.PATH;
import static dev.millrace.gateway.openai.AskedGateway.message;
import static dev.millrace.gateway.openai.AskedGateway.text;
import static dev.millrace.gateway.openai.AskedGateway.type;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contracts.v1.ChatMessage;
import dev.millrace.gateway.RunningGateway;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** {@code POST /v1/responses} without documents. */
class ResponsesTest {
    private static AskedGateway asked;

    @BeforeAll
    static void start() {
        asked = new AskedGateway();
    }

    @AfterAll
    static void stop() {
        asked.close();
    }

    @BeforeEach
    void forget() {
        asked.gateway.backend.requests.clear();
        asked.gateway.backend.chats.clear();
    }

    @Test
    void a_plain_answer_has_openai_s_shape() {
        JsonNode response = asked.ask(BadInputTest.quoted(
                "{'model':'tiny','input':'Hi','instructions':'Be brief.','max_output_tokens':3,'metadata':{'a':'b'},"
                        + "'temperature':0.5}"));
        assertThat(response.at("/id").stringValue()).startsWith("resp_");
        assertThat(response.at("/object").stringValue()).isEqualTo("response");
        assertThat(response.at("/status").stringValue()).isEqualTo("incomplete");
        assertThat(response.at("/incomplete_details/reason").stringValue()).isEqualTo("max_output_tokens");
        assertThat(response.at("/error").isNull()).isTrue();
        assertThat(response.at("/metadata/a").stringValue()).isEqualTo("b");
        assertThat(response.at("/temperature").doubleValue()).isEqualTo(0.5);
        assertThat(response.at("/top_p").isNull()).isTrue();
        assertThat(response.at("/tools")).isEmpty();
        assertThat(response.at("/tool_choice").stringValue()).isEqualTo("auto");
        assertThat(response.at("/parallel_tool_calls").booleanValue()).isTrue();
        assertThat(response.at("/output")).hasSize(1);
        assertThat(message(response).at("/role").stringValue()).isEqualTo("assistant");
        assertThat(message(response).at("/content/0/type").stringValue()).isEqualTo("output_text");
        assertThat(message(response).has("grounding")).isFalse();
        assertThat(text(response)).isEqualTo("w0 w1 w2");
        String prompt = "system:Be brief.\nuser:Hi\n";
        assertThat(response.at("/usage/input_tokens").intValue()).isEqualTo(prompt.length());
        assertThat(response.at("/usage/total_tokens").intValue()).isEqualTo(prompt.length() + 3);
    }

    @Test
    void a_plain_answer_is_streamed_in_openai_s_events() {
        List<JsonNode> events = asked.events(
                BadInputTest.quoted("{'model':'tiny','input':[{'role':'user','content':[{'type':'input_text',"
                        + "'text':'Hi'}]}],'stream':true}"));
        assertThat(events.stream().map(AskedGateway::type))
                .containsExactly(
                        "response.created",
                        "response.in_progress",
                        "response.output_item.added",
                        "response.content_part.added",
                        "response.output_text.delta",
                        "response.output_text.delta",
                        "response.output_text.delta",
                        "response.output_text.delta",
                        "response.output_text.done",
                        "response.content_part.done",
                        "response.output_item.done",
                        "response.completed");
        assertThat(events.getFirst().at("/response/status").stringValue()).isEqualTo("in_progress");
        assertThat(events.getFirst().at("/response/output")).isEmpty();
        assertThat(events.get(8).at("/text").stringValue()).isEqualTo("w0 w1 w2 w3");
        assertThat(text(events.getLast().at("/response"))).isEqualTo("w0 w1 w2 w3");
    }

    @Test
    void a_conversation_goes_on_from_the_response_before() {
        JsonNode first = asked.ask(
                BadInputTest.quoted("{'model':'tiny','input':'Hi','instructions':'Be brief.','max_output_tokens':1}"));
        String id = first.at("/id").stringValue();
        asked.ask(BadInputTest.quoted("{'model':'tiny','input':'And?','previous_response_id':'" + id + "'}"));
        List<ChatMessage> messages =
                asked.gateway.backend.chats.stream().toList().getLast().getMessagesList();
        assertThat(messages.stream()
                        .map(message ->
                                message.getRole() + ":" + message.getContent(0).getText()))
                .as("instructions hold for one turn")
                .containsExactly("user:Hi", "assistant:w0", "user:And?");

        assertThat(Client.json(described("get", id, "", 200, RunningGateway.KEY)))
                .isEqualTo(first);
        JsonNode items = Client.json(described("get", id, "/input_items", 200, RunningGateway.KEY));
        assertThat(items.at("/data/0/content/0/text").stringValue()).isEqualTo("Hi");
        assertThat(items.at("/first_id")).isEqualTo(items.at("/data/0/id"));

        String strange = RunningGateway.TINY_ONLY_KEY;
        described("get", id, "", 404, strange);
        described("delete", id, "", 404, strange);
        described("get", id, "", 403, RunningGateway.ADMIN_KEY);
        JsonNode error = BadInputTest.error(
                asked.client.send(asked.client
                        .withoutKey(PATH)
                        .header("Authorization", "Bearer " + strange)
                        .POST(BodyPublishers.ofString(BadInputTest.quoted(
                                "{'model':'tiny','input':'And?','previous_response_id':'" + id + "'}")))),
                404);
        assertThat(error.path("param").stringValue()).isEqualTo("previous_response_id");

        described("delete", id, "", 200, RunningGateway.KEY);
        described("get", id, "", 404, RunningGateway.KEY);
    }

    /** An answer that comes with a status, and fits the asked.description. */
    private static HttpResponse<String> described(String method, String id, String below, int status, String key) {
        HttpRequest.Builder request = asked.client
                .withoutKey(PATH + "/" + id + below)
                .header("Authorization", "Bearer " + key)
                .method(method.toUpperCase(Locale.ROOT), BodyPublishers.noBody());
        return asked.description.ask(asked.client, method + " " + PATH + "/{id}" + below, status, request);
    }

    @Test
    void what_is_not_to_be_stored_is_not() {
        JsonNode response = asked.ask(BadInputTest.quoted("{'model':'tiny','input':'Hi','store':false}"));
        assertThat(response.at("/store").booleanValue()).isFalse();
        assertThat(asked.client
                        .get(PATH + "/" + response.at("/id").stringValue())
                        .statusCode())
                .isEqualTo(404);
    }

    @Test
    void a_stream_that_breaks_off_ends_as_failed() {
        List<JsonNode> events = asked.events(BadInputTest.quoted("{'model':'breaks','input':'Hi','stream':true}"));
        assertThat(type(events.getLast())).isEqualTo("response.failed");
        JsonNode response = events.getLast().at("/response");
        assertThat(response.at("/status").stringValue()).isEqualTo("failed");
        assertThat(response.at("/error/code").stringValue()).isEqualTo("server_error");
        assertThat(text(response)).isEqualTo("w0 w1 w2");
        assertThat(asked.gateway.limits.open).hasValue(0);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            'input': 5                                          | input                 | a string or an array of items
            'input': []                                         | input                 | at least one
            'input': [{'type':'function_call_output'}]          | input[0].type         | function_call_output
            'input': [{'role':'user','content':[{'type':'input_image'}]}] | input[0].content[0].type | not supported yet
            'input': [{'role':'robot','content':'x'}]           | input[0].role         | was "robot"
            'input': 'x','tools': [{'type':'web_search'}]       | tools[0].type         | "web_search" is not supported yet
            'input': 'x','tools': [{'type':'file_search'}]      | tools[0].vector_store_ids | is missing
            'input': 'x','tools': [{'type':'file_search','vector_store_ids':[]}] | tools[0].vector_store_ids | is empty
            'input': 'x','tools': [{'type':'file_search','vector_store_ids':['a'],'max_num_results':51}] | tools[0].max_num_results | from 1 to 50, was 51
            'input': 'x','tools': [{'type':'file_search','vector_store_ids':['a'],'filters':{'type':'like'}}] | tools[0].filters.type | was "like"
            'input': 'x','tools': [{'type':'file_search','vector_store_ids':['a'],'depth':3}] | tools[0].depth | unrecognized
            'input': [{'role':'assistant','content':'x'}],'tools': [{'type':'file_search','vector_store_ids':['a']}] | input | its role was assistant
            'input': 'x','text': {'format':{'type':'json_schema'}} | text.format        | not supported yet
            'input': 'x','background': true                     | background            | not supported yet
            'input': 'x','truncation': 'auto'                   | truncation            | not supported yet
            'input': 'x','include': ['message.output_text.logprobs'] | include[0]       | not supported yet
            'input': 'x','max_output_tokens': 0                 | max_output_tokens     | 1 or more, was 0
            'input': 'x','previous_response_id': 'resp_none'    | previous_response_id  | resp_none
            'input': 'x','colour': 'red'                        | colour                | unrecognized
            """)
    void what_cannot_be_meant_or_done_is_refused_by_name(String fields, String param, String message) {
        HttpResponse<String> answer = asked.client.post(PATH, BadInputTest.quoted("{'model':'tiny'," + fields + "}"));
        JsonNode error = BadInputTest.error(answer, param.equals("previous_response_id") ? 404 : 400);
        assertThat(error.path("param").stringValue()).isEqualTo(param);
        assertThat(error.path("message").stringValue()).contains(message);
        assertThat(asked.gateway.limits.open).hasValue(0);
    }
}
