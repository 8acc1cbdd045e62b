package dev.millrace.gateway.openai;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.millrace.gateway.FakeBackend;
import dev.millrace.gateway.RunningGateway;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.web.bind.annotation.RequestMethod;
import org.springframework.web.reactive.result.method.RequestMappingInfo;
import org.springframework.web.reactive.result.method.annotation.RequestMappingHandlerMapping;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The served OpenAPI document against the routes there are and the answers they give. */
class DescriptionTest {
    private static final SchemaRegistry SCHEMAS = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);
    private static RunningGateway gateway;
    private static Client client;
    private static JsonNode description;

    @BeforeAll
    static void start() {
        gateway = new RunningGateway();
        client = new Client(gateway);
        client.awaitModel(FakeBackend.TINY);
        description = Client.json(client.get("/openapi.json"));
    }

    @AfterAll
    static void stop() {
        gateway.close();
    }

    @Test
    void every_route_is_described_and_every_description_has_a_route() {
        Set<String> routes = new TreeSet<>();
        gateway.context()
                .getBean("requestMappingHandlerMapping", RequestMappingHandlerMapping.class)
                .getHandlerMethods()
                .keySet()
                .forEach(route -> routes.addAll(names(route)));
        Set<String> described = new TreeSet<>();
        description
                .path("paths")
                .properties()
                .forEach(path ->
                        path.getValue().propertyNames().forEach(method -> described.add(method + " " + path.getKey())));
        assertThat(described).isEqualTo(routes);
    }

    private static List<String> names(RequestMappingInfo route) {
        List<String> names = new ArrayList<>();
        for (RequestMethod method : route.getMethodsCondition().getMethods()) {
            route.getPatternsCondition()
                    .getPatterns()
                    .forEach(path -> names.add(method.name().toLowerCase(Locale.ROOT) + " "
                            + path.getPatternString().replace("{*", "{").replace("/{", "/{")));
        }
        return names;
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
            /v1/embeddings       | {'model':'tiny','input':'Hi'}
            /v1/embeddings       | {'model':'tiny','input':[[1,2],[3]],'encoding_format':'base64','dimensions':8}
            /tokenize            | {'model':'tiny','prompt':'Hi','return_token_strs':true}
            /tokenize            | {'model':'tiny','messages':[{'role':'user','content':'Hi'}],'add_generation_prompt':true}
            /detokenize          | {'model':'tiny','tokens':[72,105]}
            """)
    void a_request_that_fits_the_description_gets_an_answer_that_fits_it(String path, String json) {
        String body = BadInputTest.quoted(json);
        JsonNode operation = operation(path, "post");
        check(operation.at("/requestBody/content/application~1json/schema"), Client.json(body));
        HttpResponse<String> answer = client.post(path, body);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        JsonNode content = operation.at("/responses/200/content");
        if (answer.headers().firstValue("content-type").orElseThrow().startsWith("text/event-stream")) {
            List<String> events = Client.events(answer.body());
            assertThat(events.removeLast()).isEqualTo("[DONE]");
            assertThat(events).hasSizeGreaterThan(3);
            events.forEach(event -> check(content.at("/text~1event-stream/schema"), Client.json(event)));
        } else {
            check(content.at("/application~1json/schema"), Client.json(answer));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "/v1/models,/v1/models",
        "/v1/models/{id},/v1/models/tiny",
        "/health,/health",
        "/openapi.json,/openapi.json"
    })
    void what_can_be_read_fits_the_description(String path, String url) {
        HttpResponse<String> answer = client.get(url);
        assertThat(answer.statusCode()).isEqualTo(200);
        check(operation(path, "get").at("/responses/200/content/application~1json/schema"), Client.json(answer));
    }

    @Test
    void errors_fit_the_description() {
        Stream.of(
                        client.get("/nowhere"),
                        client.get("/v1/models/none"),
                        client.post("/v1/chat/completions", "{"),
                        client.post("/v1/embeddings", "{\"model\":\"tiny\",\"input\":[]}"),
                        client.post("/v1/chat/completions", BadInputTest.chat("\"n\":0")))
                .forEach(answer -> {
                    assertThat(answer.statusCode()).isGreaterThanOrEqualTo(400);
                    check(
                            description.at("/components/responses/Error/content/application~1json/schema"),
                            Client.json(answer));
                });
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
            /v1/embeddings       | {'model':'tiny','input':'a','encoding_format':'hex'}
            /tokenize            | {'model':'tiny'}
            /detokenize          | {'model':'tiny','tokens':'a'}
            """)
    void a_request_that_does_not_fit_the_description_is_refused(String path, String json) {
        String body = BadInputTest.quoted(json);
        JsonNode schema = operation(path, "post").at("/requestBody/content/application~1json/schema");
        assertThat(SCHEMAS.getSchema(standalone(schema)).validate(Client.json(body)))
                .isNotEmpty();
        BadInputTest.error(client.post(path, body), 400);
    }

    private static JsonNode operation(String path, String method) {
        JsonNode operation = description.path("paths").path(path).path(method);
        assertThat(operation.isObject()).as(method + " " + path).isTrue();
        return operation;
    }

    private static void check(JsonNode schema, JsonNode value) {
        assertThat(schema.isObject()).isTrue();
        assertThat(SCHEMAS.getSchema(standalone(schema)).validate(value))
                .as(value.toString())
                .isEmpty();
    }

    /** A schema that takes the document's components along, for its references. */
    private static JsonNode standalone(JsonNode schema) {
        ObjectNode alone = (ObjectNode) schema.deepCopy();
        alone.set("components", description.path("components").deepCopy());
        spellOutTypes(alone);
        return alone;
    }

    /** The validator cannot read several types in one array: says the same as alternatives. */
    private static void spellOutTypes(JsonNode schema) {
        if (schema instanceof ObjectNode object && object.path("type").isArray()) {
            ArrayNode alternatives = object.putArray("anyOf");
            object.remove("type").forEach(type -> alternatives.addObject().set("type", type));
        }
        schema.forEach(DescriptionTest::spellOutTypes);
    }
}
