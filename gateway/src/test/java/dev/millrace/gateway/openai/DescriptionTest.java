package dev.millrace.gateway.openai;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.gateway.FakeBackend;
import dev.millrace.gateway.RunningGateway;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** The served OpenAPI document against the answers that there are; what keys and usage answer is in {@link AdminDescriptionTest}. */
class DescriptionTest {
    private static RunningGateway gateway;
    private static Client client;
    private static Description description;

    @BeforeAll
    static void start() {
        gateway = new RunningGateway();
        client = new Client(gateway);
        client.awaitModel(FakeBackend.TINY);
        description = new Description(Client.json(client.get("/openapi.json")));
    }

    @AfterAll
    static void stop() {
        gateway.close();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            /v1/chat/completions | {'model':'tiny','messages':[{'role':'user','content':'Hi'}]}
            /v1/chat/completions | {'model':'tiny','messages':[{'role':'user','content':[{'type':'text','text':'Hi'}]}],'n':2,'logprobs':true,'top_logprobs':2}
            /v1/chat/completions | {'model':'tiny','messages':[{'role':'user','content':'Hi'}],'stream':true,'stream_options':{'include_usage':true},'logprobs':true,'max_completion_tokens':3}
            /v1/completions      | {'model':'tiny','prompt':'Hi'}
            /v1/completions      | {'model':'tiny','prompt':['Hi','Ho'],'echo':true,'logprobs':1,'n':2,'max_tokens':0}
            /v1/completions      | {'model':'tiny','prompt':[1,2],'best_of':3}
            /v1/completions      | {'model':'tiny','prompt':[[1],[2]],'stream':true,'echo':true,'logprobs':2,'stream_options':{'include_usage':true}}
            /v1/responses        | {'model':'tiny','input':'Hi','instructions':'Be brief','max_output_tokens':3}
            /v1/embeddings       | {'model':'tiny','input':'Hi'}
            /v1/embeddings       | {'model':'tiny','input':[[1,2],[3]],'encoding_format':'base64','dimensions':8}
            /tokenize            | {'model':'tiny','prompt':'Hi','return_token_strs':true}
            /tokenize            | {'model':'tiny','messages':[{'role':'user','content':'Hi'}],'add_generation_prompt':true}
            /detokenize          | {'model':'tiny','tokens':[72,105]}
            """)
    void a_request_that_fits_the_description_gets_an_answer_that_fits_it(String path, String json) {
        String body = BadInputTest.quoted(json);
        description.check(description.requestSchema("post " + path), Client.json(body));
        description.ask(client, "post " + path, 200, post(path, body));
    }

    @ParameterizedTest
    @CsvSource({
        "/v1/models,/v1/models",
        "/v1/models/{id},/v1/models/tiny",
        "/health,/health",
        "/openapi.json,/openapi.json"
    })
    void what_can_be_read_fits_the_description(String path, String url) {
        description.ask(client, "get " + path, 200, client.request(url).GET());
    }

    /** An answer that must come, and be described. */
    private static void refused(int status, String path, HttpRequest.Builder request) {
        JsonNode error = Client.json(description.ask(client, "post " + path, status, request));
        assertThat(error.at("/error/message").stringValue()).isNotBlank();
    }

    private static HttpRequest.Builder post(String path, String body) {
        return client.request(path).header("Content-Type", "application/json").POST(BodyPublishers.ofString(body));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            /v1/chat/completions | {'model':'tiny','messages':[{'role':'user','content':'Hi'}]}
            /v1/completions      | {'model':'tiny','prompt':'Hi'}
            /v1/responses        | {'model':'tiny','input':'Hi'}
            /v1/embeddings       | {'model':'tiny','input':'Hi'}
            /tokenize            | {'model':'tiny','prompt':'Hi'}
            /detokenize          | {'model':'tiny','tokens':[72]}
            """)
    void every_error_that_is_described_comes_and_every_error_that_comes_is_described(String path, String json)
            throws Exception {
        String body = BadInputTest.quoted(json);
        refused(400, path, post(path, "{"));
        refused(401, path, client.withoutKey(path).POST(BodyPublishers.ofString(body)));
        refused(403, path, withKey(RunningGateway.ADMIN_KEY, path, body));
        refused(404, path, post(path, body.replace("tiny", "none")));
        refused(413, path, client.request(path).POST(BodyPublishers.ofByteArray(new byte[9 << 20])));
        refused(
                415,
                path,
                client.request(path).header("Content-Type", "text/xml").POST(BodyPublishers.ofString(body)));
        refused(500, path, post(path, body.replace("tiny", FakeBackend.CRASHES)));
        refused(503, path, post(path, body.replace("tiny", FakeBackend.LOADING)));
        boolean limited = path.startsWith("/v1/");
        if (limited) {
            gateway.limits.refusing.set(true);
            try {
                refused(429, path, post(path, body));
            } finally {
                gateway.limits.refusing.set(false);
            }
        }
        // bodies that are too slow take a socket of their own: see HardeningTest
        Set<String> described = description.answers(("post " + path)::equals);
        described.removeIf(answer -> answer.endsWith(" 200") || answer.endsWith(" 408"));
        assertThat(description.seen()).containsAll(described);
        assertThat(described).hasSize(limited ? 9 : 8);
    }

    private static HttpRequest.Builder withKey(String key, String path, String body) {
        return client.withoutKey(path).header("Authorization", "Bearer " + key).POST(BodyPublishers.ofString(body));
    }

    @Test
    void a_model_that_is_not_there_and_a_key_that_is_not_are_described() {
        description.ask(
                client,
                "get /v1/models/{id}",
                404,
                client.request("/v1/models/none").GET());
        description.ask(
                client,
                "get /v1/models/{id}",
                401,
                client.withoutKey("/v1/models/tiny").GET());
        description.ask(
                client, "get /v1/models", 401, client.withoutKey("/v1/models").GET());
    }

    @Test
    void the_examples_in_the_description_fit_it() {
        List<String> posts = description.operations().stream()
                .filter(operation -> operation.startsWith("post ")
                        && description
                                .operation(operation)
                                .at("/requestBody/content")
                                .has("application/json"))
                .toList();
        assertThat(posts)
                .hasSize(16)
                .allSatisfy(operation ->
                        description.check(description.requestSchema(operation), description.example(operation)));
    }

    @Test
    void no_reference_leads_nowhere() {
        assertThat(description.broken()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            /v1/chat/completions | {'model':'tiny','messages':[{'role':'user','content':'Hi'}],'temperature':3}
            /v1/chat/completions | {'model':'tiny','messages':[]}
            /v1/chat/completions | {'model':'tiny','messages':[{'role':'user','content':'Hi'}],'colour':'red'}
            /v1/chat/completions | {'model':'tiny','messages':[{'role':'user','content':'Hi'}],'tools':[{}]}
            /v1/completions      | {'model':'tiny','prompt':[]}
            /v1/completions      | {'model':'tiny','prompt':['a',1]}
            /v1/completions      | {'model':'tiny','prompt':'a','suffix':'b'}
            /v1/responses        | {'model':'tiny','input':[]}
            /v1/responses        | {'model':'tiny','input':'Hi','tools':[{'type':'web_search'}]}
            /v1/embeddings       | {'model':'tiny','input':'a','encoding_format':'hex'}
            /tokenize            | {'model':'tiny'}
            /detokenize          | {'model':'tiny','tokens':'a'}
            """)
    void a_request_that_does_not_fit_the_description_is_refused(String path, String json) {
        String body = BadInputTest.quoted(json);
        assertThat(description.errors(description.requestSchema("post " + path), Client.json(body)))
                .isNotEmpty();
        refused(400, path, post(path, body));
    }
}
