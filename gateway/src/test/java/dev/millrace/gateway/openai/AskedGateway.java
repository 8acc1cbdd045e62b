package dev.millrace.gateway.openai;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.gateway.FakeBackend;
import dev.millrace.gateway.RunningGateway;
import dev.millrace.gateway.ScriptedRag;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.stream.IntStream;
import tools.jackson.databind.JsonNode;

/** A gateway with scripted documents, asked through {@code POST /v1/responses}; what it answers is held to the description. */
final class AskedGateway implements AutoCloseable {
    static final String PATH = "/v1/responses";

    final ScriptedRag rag = new ScriptedRag();
    final RunningGateway gateway = new RunningGateway("millrace.rag.address=" + rag.address());
    final Client client = new Client(gateway);
    final Description description;

    AskedGateway() {
        client.awaitModel(FakeBackend.SCRIPTED);
        description = new Description(Client.json(client.get("/openapi.json")));
    }

    @Override
    public void close() {
        gateway.close();
        rag.close();
    }

    static String question(String fields) {
        return BadInputTest.quoted(
                "{'model':'scripted','input':'When was the mill built?','tools':[{'type':'file_search',"
                        + "'vector_store_ids':['vs_mill']}]" + fields + "}");
    }

    JsonNode ask(String body) {
        HttpResponse<String> answer = client.post(PATH, body);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        description.check(description.requestSchema("post " + PATH), Client.json(body));
        description.check(answered("application~1json"), Client.json(answer));
        return Client.json(answer);
    }

    /** The schema of an answer of a type. */
    private JsonNode answered(String type) {
        return description.operation("post " + PATH).at("/responses/200/content/" + type + "/schema");
    }

    List<JsonNode> events(String body) {
        HttpResponse<String> answer = client.post(PATH, body);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        List<JsonNode> events =
                Client.events(answer.body()).stream().map(Client::json).toList();
        events.forEach(event -> description.check(answered("text~1event-stream"), event));
        assertThat(answer.body().lines().filter(line -> line.startsWith("event: ")))
                .as("each event has its type for a name")
                .containsExactlyElementsOf(
                        events.stream().map(event -> "event: " + type(event)).toList());
        assertThat(events.stream().map(event -> event.at("/sequence_number").intValue()))
                .containsExactlyElementsOf(
                        IntStream.range(0, events.size()).boxed().toList());
        return events;
    }

    static String type(JsonNode event) {
        return event.at("/type").stringValue();
    }

    static JsonNode message(JsonNode response) {
        return response.at("/output").get(response.at("/output").size() - 1);
    }

    static String text(JsonNode response) {
        return message(response).at("/content/0/text").stringValue();
    }
}
