package dev.millrace.gateway.openai;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.springframework.context.ApplicationContext;
import org.springframework.web.bind.annotation.RequestMethod;
import org.springframework.web.reactive.result.method.RequestMappingInfo;
import org.springframework.web.reactive.result.method.annotation.RequestMappingHandlerMapping;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** A served OpenAPI document, and what has been seen of it. An operation is named as {@code post /v1/embeddings}. */
final class Description {
    private static final SchemaRegistry SCHEMAS = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);
    private static final Set<String> METHODS = Set.of("get", "post", "put", "patch", "delete");

    private final JsonNode document;
    /** Operations with each status that they answered with: {@code post /v1/embeddings 200}. */
    private final Set<String> seen = new TreeSet<>();

    Description(JsonNode document) {
        this.document = document;
    }

    /** The paths and methods that the application answers. */
    static Set<String> routes(ApplicationContext application) {
        Set<String> routes = new TreeSet<>();
        application
                .getBean("requestMappingHandlerMapping", RequestMappingHandlerMapping.class)
                .getHandlerMethods()
                .keySet()
                .forEach(route -> routes.addAll(names(route)));
        return routes;
    }

    private static List<String> names(RequestMappingInfo route) {
        List<String> names = new ArrayList<>();
        for (RequestMethod method : route.getMethodsCondition().getMethods()) {
            route.getPatternsCondition()
                    .getPatterns()
                    .forEach(path -> names.add(method.name().toLowerCase(Locale.ROOT) + " "
                            + path.getPatternString().replace("{*", "{")));
        }
        return names;
    }

    Set<String> operations() {
        Set<String> operations = new TreeSet<>();
        document.path("paths")
                .properties()
                .forEach(path -> path.getValue().propertyNames().stream()
                        .filter(METHODS::contains)
                        .forEach(method -> operations.add(method + " " + path.getKey())));
        return operations;
    }

    /** Each operation with each status that is written down for it. */
    Set<String> answers(Predicate<String> operations) {
        Set<String> answers = new TreeSet<>();
        operations().stream()
                .filter(operations)
                .forEach(operation -> operation(operation).path("responses").propertyNames().stream()
                        .filter(status -> !status.equals("default"))
                        .forEach(status -> answers.add(operation + " " + status)));
        return answers;
    }

    Set<String> seen() {
        return Set.copyOf(seen);
    }

    JsonNode operation(String name) {
        String[] parts = name.split(" ", 2);
        JsonNode operation = document.path("paths").path(parts[1]).path(parts[0]);
        assertThat(operation.isObject()).as(name).isTrue();
        return operation;
    }

    JsonNode requestSchema(String operation) {
        return operation(operation).at("/requestBody/content/application~1json/schema");
    }

    /** Sends a request; what comes back must be described, with that status, body and headers. */
    HttpResponse<String> ask(Client client, String operation, int status, HttpRequest.Builder request) {
        HttpResponse<String> answer = client.send(request);
        assertThat(answer.statusCode()).as(operation + ": " + answer.body()).isEqualTo(status);
        JsonNode response = resolved(operation(operation).path("responses").path(Integer.toString(status)));
        assertThat(response.isObject())
                .as(operation + " answered " + status + ", which is not described: " + answer.body())
                .isTrue();
        seen.add(operation + " " + status);
        checkHeaders(response.path("headers"), answer);
        checkBody(response.path("content"), answer);
        return answer;
    }

    private void checkHeaders(JsonNode described, HttpResponse<String> answer) {
        answer.headers().map().keySet().stream()
                .filter(name -> name.startsWith("x-r") || name.startsWith("retry-"))
                .forEach(name -> {
                    JsonNode header = resolved(described.path(name));
                    assertThat(header.isObject()).as("header " + name).isTrue();
                    String value = answer.headers().firstValue(name).orElseThrow();
                    boolean number = header.at("/schema/type").asString("").equals("integer");
                    check(header.path("schema"), Client.json(number ? value : "\"" + value + "\""));
                });
    }

    private void checkBody(JsonNode content, HttpResponse<String> answer) {
        if (answer.headers().firstValue("content-type").orElseThrow().startsWith("text/event-stream")) {
            List<String> events = Client.events(answer.body());
            assertThat(events.removeLast()).isEqualTo("[DONE]");
            assertThat(events).hasSizeGreaterThan(3);
            events.forEach(event -> check(content.at("/text~1event-stream/schema"), Client.json(event)));
        } else {
            check(content.at("/application~1json/schema"), Client.json(answer));
        }
    }

    void check(JsonNode schema, JsonNode value) {
        assertThat(errors(schema, value)).as(value.toString()).isEmpty();
    }

    List<?> errors(JsonNode schema, JsonNode value) {
        assertThat(schema.isObject()).isTrue();
        return SCHEMAS.getSchema(standalone(schema)).validate(value);
    }

    /** References that lead nowhere. */
    List<String> broken() {
        return document.findValues("$ref").stream()
                .map(JsonNode::stringValue)
                .filter(reference -> document.at(reference.substring(1)).isMissingNode())
                .toList();
    }

    /** Each request body's own example, by its operation. */
    JsonNode example(String operation) {
        return operation(operation).at("/requestBody/content/application~1json/example");
    }

    private JsonNode resolved(JsonNode node) {
        return node.path("$ref").isString()
                ? document.at(node.path("$ref").stringValue().substring(1))
                : node;
    }

    /** A schema that takes the document's components along, for its references. */
    private JsonNode standalone(JsonNode schema) {
        ObjectNode alone = (ObjectNode) schema.deepCopy();
        alone.set("components", document.path("components").deepCopy());
        spellOutTypes(alone);
        return alone;
    }

    /** The validator cannot read several types in one array: says the same as alternatives. */
    private static void spellOutTypes(JsonNode schema) {
        if (schema instanceof ObjectNode object && object.path("type").isArray()) {
            ArrayNode alternatives = object.putArray("anyOf");
            object.remove("type").forEach(type -> alternatives.addObject().set("type", type));
        }
        schema.forEach(Description::spellOutTypes);
    }
}
