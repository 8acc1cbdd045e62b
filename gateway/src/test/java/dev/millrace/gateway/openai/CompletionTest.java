package dev.millrace.gateway.openai;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contracts.v1.GenerateRequest;
import dev.millrace.gateway.FakeBackend;
import dev.millrace.gateway.RunningGateway;
import dev.millrace.gateway.usage.RequestUsage;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

class CompletionTest {
    private static final String PATH = "/v1/completions";
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

    @BeforeEach
    void forget() {
        gateway.backend.requests.clear();
        gateway.usages.clear();
    }

    private static JsonNode ok(String path, String body) {
        HttpResponse<String> answer = client.post(path, BadInputTest.quoted(body));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return Client.json(answer);
    }

    @Test
    void each_prompt_has_its_choices_in_order_and_the_request_is_counted_once() {
        JsonNode answer = ok(PATH, "{'model':'tiny','prompt':['abc','de'],'n':2,'max_tokens':3}");
        assertThat(answer.path("choices")).hasSize(4);
        for (int i = 0; i < 4; i++) {
            assertThat(answer.path("choices").get(i).path("index").intValue()).isEqualTo(i);
            assertThat(answer.path("choices").get(i).path("text").stringValue()).isEqualTo("w0 w1 w2");
        }
        assertThat(answer.at("/usage/prompt_tokens").intValue()).isEqualTo(5);
        assertThat(answer.at("/usage/completion_tokens").intValue()).isEqualTo(12);
        assertThat(gateway.usages).singleElement().satisfies(usage -> {
            assertThat(usage.promptTokens()).isEqualTo(5);
            assertThat(usage.completionTokens()).isEqualTo(12);
            assertThat(usage.endpoint()).isEqualTo(PATH);
            assertThat(usage.status()).isEqualTo(200);
        });
    }

    @Test
    void without_max_tokens_sixteen_are_made() {
        assertThat(ok(PATH, "{'model':'tiny','prompt':[1,2,3]}")
                        .at("/usage/completion_tokens")
                        .intValue())
                .isEqualTo(16);
        assertThat(gateway.backend.requests.remove().getPrompt(0).getIds().getIdsList())
                .containsExactly(1, 2, 3);
    }

    @Test
    void echo_with_logprobs_rates_the_prompt_too() {
        JsonNode choice = ok(PATH, "{'model':'tiny','prompt':'añ','echo':true,'logprobs':2,'max_tokens':1}")
                .at("/choices/0");
        assertThat(choice.path("text").stringValue()).isEqualTo("añw0");
        JsonNode logprobs = choice.path("logprobs");
        assertThat(logprobs.path("tokens").toString()).isEqualTo("[\"a\",\"bytes:\\\\xc3\",\"bytes:\\\\xb1\",\"w0\"]");
        assertThat(logprobs.path("token_logprobs").toString()).isEqualTo("[null,-0.5,-0.5,-10.0]");
        assertThat(logprobs.path("text_offset").toString()).isEqualTo("[0,1,2,2]");
        assertThat(logprobs.at("/top_logprobs/0").isNull()).isTrue();
        assertThat(logprobs.at("/top_logprobs/3").propertyNames()).containsExactly("a", "b", "w0");
    }

    @Test
    void no_tokens_at_all_with_echo_rates_the_prompt_alone() {
        JsonNode answer = ok(PATH, "{'model':'tiny','prompt':'ab','echo':true,'logprobs':1,'max_tokens':0}");
        assertThat(answer.at("/choices/0/text").stringValue()).isEqualTo("ab");
        assertThat(answer.at("/choices/0/logprobs/token_logprobs").toString()).isEqualTo("[null,-0.5]");
        assertThat(answer.at("/usage/completion_tokens").intValue()).isZero();
        assertThat(gateway.backend.requests).isEmpty();
    }

    @Test
    void the_echo_of_ids_is_their_text() {
        assertThat(ok(PATH, "{'model':'tiny','prompt':[72,105],'echo':true,'max_tokens':1}")
                        .at("/choices/0/text")
                        .stringValue())
                .isEqualTo("Hiw0");
    }

    @Test
    void the_best_of_several_is_the_likeliest() {
        JsonNode answer = ok(PATH, "{'model':'tiny','prompt':'a','best_of':5,'n':2,'max_tokens':2}");
        assertThat(answer.path("choices")).hasSize(2);
        assertThat(answer.at("/choices/0/logprobs").isNull()).isTrue();
        GenerateRequest sent = gateway.backend.requests.remove();
        assertThat(sent.getN()).isEqualTo(5);
        assertThat(sent.getSampling().hasTopLogprobs()).isTrue();
        JsonNode rated = ok(PATH, "{'model':'tiny','prompt':'a','best_of':5,'logprobs':0,'max_tokens':1}");
        // the fake's later choices are likelier
        assertThat(rated.at("/choices/0/logprobs/token_logprobs/0").floatValue())
                .isEqualTo(-6f);
    }

    @Test
    void a_streamed_completion_tells_every_choice_and_the_sum_of_usage() {
        HttpResponse<String> answer = client.post(
                PATH,
                BadInputTest.quoted("{'model':'tiny','prompt':['a','b'],'max_tokens':2,'stream':true,"
                        + "'echo':true,'stream_options':{'include_usage':true}}"));
        List<String> events = Client.events(answer.body());
        assertThat(events.removeLast()).isEqualTo("[DONE]");
        List<JsonNode> chunks = events.stream().map(Client::json).toList();
        for (int index = 0; index < 2; index++) {
            int choice = index;
            String text = chunks.stream()
                    .filter(chunk -> chunk.at("/choices/0/index").asInt(-1) == choice)
                    .map(chunk -> chunk.at("/choices/0/text").stringValue())
                    .reduce("", String::concat);
            assertThat(text).isEqualTo((index == 0 ? "a" : "b") + "w0 w1");
        }
        assertThat(chunks.getLast().at("/usage/total_tokens").intValue()).isEqualTo(6);
        assertThat(chunks.getLast().path("choices")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            'prompt': 'a', 'suffix': 'b'           | suffix     | not supported yet
            'prompt': 5                            | prompt     | a string, an array
            'prompt': []                           | prompt     | is empty
            'prompt': ''                           | prompt     | is empty
            'prompt': [[]]                         | prompt     | is empty
            'prompt': ['a', 1]                     | prompt[1]  | a string
            'prompt': [1, 'a']                     | prompt[1]  | a whole number
            'prompt': [-1]                         | prompt[0]  | from 0 to 511
            'prompt': [[1, 512]]                   | prompt[0][1] | from 0 to 511
            'n': 1                                 | prompt     | is missing
            'prompt': 'a', 'best_of': 1, 'n': 2    | best_of    | n (2) or more
            'prompt': 'a', 'best_of': 2, 'stream': true | best_of | cannot be streamed
            'prompt': 'a', 'best_of': 100          | best_of    | from 1 to 20
            'prompt': 'a', 'logprobs': true        | logprobs   | a whole number
            'prompt': 'a', 'logprobs': 100         | logprobs   | from 0 to 20
            'prompt': 'a', 'max_tokens': 0         | max_tokens | 1 or more
            'prompt': 'a', 'max_tokens': 2000      | prompt     | 2001
            'prompt': 'a', 'messages': []          | messages   | unrecognized
            """)
    void a_completion_that_cannot_be_meant_is_refused_by_name(String fields, String param, String message) {
        JsonNode error =
                BadInputTest.error(client.post(PATH, BadInputTest.quoted("{'model':'tiny'," + fields + "}")), 400);
        assertThat(error.path("param").stringValue()).isEqualTo(param);
        assertThat(error.path("message").stringValue()).contains(message);
    }

    @Test
    void embeddings_are_numbers_or_base64_of_the_same() {
        JsonNode numbers = ok("/v1/embeddings", "{'model':'tiny','input':['a','bc']}");
        assertThat(numbers.path("data")).hasSize(2);
        assertThat(numbers.at("/usage/prompt_tokens").intValue()).isEqualTo(3);
        JsonNode base64 = ok("/v1/embeddings", "{'model':'tiny','input':['a','bc'],'encoding_format':'base64'}");
        ByteBuffer bytes = ByteBuffer.wrap(Base64.getDecoder()
                        .decode(base64.at("/data/1/embedding").stringValue()))
                .order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < FakeBackend.WIDTH; i++) {
            assertThat(bytes.getFloat())
                    .isEqualTo(numbers.at("/data/1/embedding").get(i).floatValue());
        }
        assertThat(gateway.usages).extracting(RequestUsage::promptTokens).containsExactly(3L, 3L);
    }

    @Test
    void other_dimensions_than_the_models_are_refused() {
        JsonNode error = BadInputTest.error(
                client.post("/v1/embeddings", "{\"model\":\"tiny\",\"input\":\"a\",\"dimensions\":4}"), 400);
        assertThat(error.path("message").stringValue()).contains("8 dimensions").contains("was 4");
    }

    @Test
    void text_becomes_ids_and_ids_text() {
        JsonNode tokens = ok("/tokenize", "{'model':'tiny','prompt':'Hi','return_token_strs':true}");
        assertThat(tokens.toString())
                .isEqualTo("{\"count\":2,\"max_model_len\":2000,\"tokens\":[72,105],\"token_strs\":[\"H\",\"i\"]}");
        assertThat(ok("/detokenize", "{'model':'tiny','tokens':[72,105]}").toString())
                .isEqualTo("{\"prompt\":\"Hi\"}");
        assertThat(ok("/tokenize", "{'model':'tiny','messages':[{'role':'user','content':'x'}]}")
                        .path("count")
                        .intValue())
                .isEqualTo("user:x\n".length());
    }

    @Test
    void a_models_name_may_hold_a_slash() {
        assertThat(Client.json(client.get("/v1/models/org/tiny")).path("id").stringValue())
                .isEqualTo("org/tiny");
        assertThat(Client.json(client.get("/v1/models/org%2Ftiny")).path("id").stringValue())
                .isEqualTo("org/tiny");
    }
}
