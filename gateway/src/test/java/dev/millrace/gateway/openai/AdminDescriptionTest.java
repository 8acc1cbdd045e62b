package dev.millrace.gateway.openai;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.gateway.FakeBackend;
import dev.millrace.gateway.TestDatabase;
import dev.millrace.gateway.WholeGateway;
import dev.millrace.testing.Eventually;
import dev.millrace.testing.TestBroker;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** The OpenAPI document against the routes of the whole gateway, and the answers of those that keep keys and usage. */
class AdminDescriptionTest {
    private static final String KEYS = "/admin/keys";
    private static final String USAGE = "/admin/usage";

    @TempDir
    static Path folder;

    private static final FakeBackend BACKEND = new FakeBackend();
    private static TestDatabase database;
    private static TestBroker broker;
    private static WholeGateway gateway;
    private static Client client;
    private static Description description;

    @BeforeAll
    static void start() throws Exception {
        database = new TestDatabase();
        broker = new TestBroker(folder);
        gateway = new WholeGateway(database.url(), broker.address(), BACKEND, folder.resolve("journal"));
        client = new Client(gateway::url, gateway.adminKey);
        description = new Description(Client.json(client.get("/openapi.json")));
    }

    @AfterAll
    static void stop() throws Exception {
        gateway.close();
        broker.close();
        database.close();
        BACKEND.close();
    }

    private static HttpRequest.Builder post(String body) {
        return client.request(KEYS)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(BadInputTest.quoted(body)));
    }

    /** A key made of a wish, which must fit the description as its answer must. */
    private static JsonNode make(String wish) {
        description.check(description.requestSchema("post " + KEYS), Client.json(BadInputTest.quoted(wish)));
        return Client.json(description.ask(client, "post " + KEYS, 201, post(wish)));
    }

    @Test
    void every_route_is_described_and_every_description_has_a_route() {
        assertThat(description.operations()).isEqualTo(Description.routes(gateway.context()));
    }

    @Test
    void no_description_is_left_out_by_the_tests_that_hold_it_to_answers() {
        assertThat(description.operations())
                .containsExactlyInAnyOrder(
                        "post /v1/chat/completions",
                        "post /v1/completions",
                        "post /v1/embeddings",
                        "post /v1/responses",
                        "get /v1/responses/{id}",
                        "delete /v1/responses/{id}",
                        "get /v1/responses/{id}/input_items",
                        "post /tokenize",
                        "post /detokenize",
                        "get /v1/models",
                        "get /v1/models/{id}",
                        "delete /v1/models/{id}",
                        "post /v1/fine_tuning/jobs",
                        "get /v1/fine_tuning/jobs",
                        "get /v1/fine_tuning/jobs/{id}",
                        "post /v1/fine_tuning/jobs/{id}/cancel",
                        "post /v1/fine_tuning/jobs/{id}/pause",
                        "post /v1/fine_tuning/jobs/{id}/resume",
                        "get /v1/fine_tuning/jobs/{id}/events",
                        "get /v1/fine_tuning/jobs/{id}/checkpoints",
                        "post /v1/files",
                        "get /v1/files",
                        "get /v1/files/{id}",
                        "delete /v1/files/{id}",
                        "get /v1/files/{id}/content",
                        "post /v1/groundedness",
                        "post /v1/rerank",
                        "post /v1/vector_stores",
                        "get /v1/vector_stores",
                        "get /v1/vector_stores/{store}",
                        "post /v1/vector_stores/{store}",
                        "delete /v1/vector_stores/{store}",
                        "post /v1/vector_stores/{store}/search",
                        "post /v1/vector_stores/{store}/files",
                        "get /v1/vector_stores/{store}/files",
                        "get /v1/vector_stores/{store}/files/{file}",
                        "post /v1/vector_stores/{store}/files/{file}",
                        "delete /v1/vector_stores/{store}/files/{file}",
                        "get /v1/vector_stores/{store}/files/{file}/content",
                        "post /v1/vector_stores/{store}/file_batches",
                        "get /v1/vector_stores/{store}/file_batches/{batch}",
                        "post /v1/vector_stores/{store}/file_batches/{batch}/cancel",
                        "get /v1/vector_stores/{store}/file_batches/{batch}/files",
                        "get /health",
                        "get /openapi.json",
                        "post /admin/keys",
                        "get /admin/keys",
                        "get /admin/keys/{id}",
                        "delete /admin/keys/{id}",
                        "post /admin/keys/{id}/rotate",
                        "get /admin/usage");
    }

    @Test
    void keys_are_made_shown_and_revoked_as_described() {
        make("{'name':'laptop'}");
        make("{'name':'null','scopes':null,'models':null,'limits':null,'expires_at':null}");
        JsonNode made = make("{'name':'full','scopes':['inference','admin'],'models':['tiny','qwen*'],'limits':"
                + "{'requests_per_minute':5,'tokens_per_minute':10000000000,'parallel_requests':2147483647,"
                + "'tokens_per_month':2305843009213693951},'expires_at':'2999-01-31T00:00:00Z'}");
        String id = made.at("/details/id").stringValue();
        description.ask(client, "get " + KEYS, 200, client.request(KEYS).GET());
        description.ask(
                client,
                "get " + KEYS + "/{id}",
                200,
                client.request(KEYS + "/" + id).GET());
        JsonNode rotated = Client.json(description.ask(
                client,
                "post " + KEYS + "/{id}/rotate",
                200,
                client.request(KEYS + "/" + id + "/rotate").POST(BodyPublishers.noBody())));
        assertThat(rotated.at("/details/id").stringValue()).isEqualTo(id);
        description.ask(
                client,
                "delete " + KEYS + "/{id}",
                200,
                client.request(KEYS + "/" + id).DELETE());
        JsonNode revoked = Client.json(description.ask(
                client,
                "get " + KEYS + "/{id}",
                200,
                client.request(KEYS + "/" + id).GET()));
        assertThat(revoked.path("revoked_at").isString()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{'name':''}",
                "{'name':'x','scopes':['root']}",
                "{'name':'x','scopes':[]}",
                "{'name':'x','models':['']}",
                "{'name':'x','models':'tiny'}",
                "{'name':'x','limits':{'requests_per_minute':0}}",
                "{'name':'x','limits':{'tokens_per_minute':10000000001}}",
                "{'name':'x','limits':{'tokens_per_month':1.5}}",
                "{'name':'x','limits':{'requests_per_hour':5}}",
                "{'name':'x','limits':5}",
                "{'name':'x','colour':'red'}",
            })
    void a_wish_that_does_not_fit_the_description_is_refused(String wish) {
        assertThat(description.errors(
                        description.requestSchema("post " + KEYS), Client.json(BadInputTest.quoted(wish))))
                .isNotEmpty();
        description.ask(client, "post " + KEYS, 400, post(wish));
    }

    @Test
    void usage_is_summed_up_as_described() throws Exception {
        String key = make("{'name':'miller'}").path("key").stringValue();
        Eventually.holds(
                "a request is answered",
                () -> gateway.chat(key, FakeBackend.TINY).statusCode() == 200);
        Eventually.holds(
                "it is counted",
                () -> !Client.json(client.get(USAGE + "?group_by=key"))
                        .path("data")
                        .isEmpty());
        for (String query : new String[] {
            "",
            "?group_by=day,key,model",
            "?group_by=day&model=tiny&key_id=key_none",
            "?from=2026-01-01&to=2999-12-31&group_by=model"
        }) {
            description.ask(
                    client, "get " + USAGE, 200, client.request(USAGE + query).GET());
        }
        JsonNode parameters = description.operation("get " + USAGE).path("parameters");
        assertThat(parameters.findValuesAsString("name")).containsExactly("from", "to", "key_id", "model", "group_by");
    }

    @Test
    void every_error_that_is_described_comes_and_every_error_that_comes_is_described() {
        String plain = make("{'name':'plain'}").path("key").stringValue();
        String wish = "{\"name\":\"x\"}";
        description.ask(client, "post " + KEYS, 400, post("{"));
        description.ask(client, "post " + KEYS, 400, post("{\"name\":\"a\\u0000b\"}"));
        description.ask(
                client, "post " + KEYS, 413, client.request(KEYS).POST(BodyPublishers.ofByteArray(new byte[9 << 20])));
        description.ask(
                client,
                "post " + KEYS,
                415,
                client.request(KEYS).header("Content-Type", "text/xml").POST(BodyPublishers.ofString(wish)));
        for (String wrong : new String[] {
            "?from=yesterday",
            "?to=2026-02-30",
            "?from=2026-02-01&to=2026-01-01",
            "?group_by=hour",
            "?groupby=day",
            "?key_id=%00"
        }) {
            description.ask(
                    client, "get " + USAGE, 400, client.request(USAGE + wrong).GET());
        }
        for (String operation : new String[] {
            "post " + KEYS,
            "get " + KEYS,
            "get " + KEYS + "/{id}",
            "delete " + KEYS + "/{id}",
            "post " + KEYS + "/{id}/rotate",
            "get " + USAGE
        }) {
            String method = operation.substring(0, operation.indexOf(' ')).toUpperCase(Locale.ROOT);
            String pattern = operation.substring(operation.indexOf(' ') + 1);
            String path = pattern.replace("{id}", "key_none");
            HttpRequest.BodyPublisher body =
                    method.equals("POST") ? BodyPublishers.ofString(wish) : BodyPublishers.noBody();
            description.ask(client, operation, 401, client.withoutKey(path).method(method, body));
            description.ask(
                    client,
                    operation,
                    403,
                    client.withoutKey(path)
                            .header("Authorization", "Bearer " + plain)
                            .method(method, body));
            if (operation.contains("{id}")) {
                description.ask(client, operation, 404, client.request(path).method(method, body));
                description.ask(
                        client,
                        operation,
                        400,
                        client.request(pattern.replace("{id}", "%00")).method(method, body));
            }
        }
        Set<String> described = description.answers(operation -> operation.contains(" /admin/"));
        // what takes a slow socket, a failure inside, or a database that is away: see HardeningTest and StoresTest
        described.removeIf(answer -> answer.matches(".* (200|201|408|500|503)"));
        assertThat(description.seen()).containsAll(described);
    }
}
