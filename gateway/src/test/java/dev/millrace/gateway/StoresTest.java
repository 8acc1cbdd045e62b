package dev.millrace.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.testing.Eventually;
import dev.millrace.testing.TestBroker;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Keys, limits and usage over HTTP, with a real PostgreSQL and a real Kafka broker; both go away and come back. */
class StoresTest {
    private static final long AWAY_MILLIS =
            Duration.ofSeconds(Integer.getInteger("millrace.away.seconds", 6)).toMillis();

    @TempDir
    static Path folder;

    private static final FakeBackend BACKEND = new FakeBackend();
    private static TestDatabase database;
    private static TestBroker broker;
    private static Line line;
    private static WholeGateway gateway;

    @BeforeAll
    static void start() throws Exception {
        database = new TestDatabase();
        line = new Line(database.port());
        broker = new TestBroker(folder);
        gateway = gateway("journal");
        Eventually.holds("the model is there", () -> chat(gateway.adminKey).statusCode() == 200);
    }

    private static WholeGateway gateway(String journal) throws SQLException {
        String url = database.url().replace(":" + database.port() + "/", ":" + line.port() + "/");
        return new WholeGateway(url, broker.address(), BACKEND, folder.resolve(journal));
    }

    @AfterAll
    static void stop() throws IOException {
        gateway.close();
        broker.close();
        line.close();
        database.close();
        BACKEND.close();
    }

    private static HttpResponse<String> chat(String key) throws IOException, InterruptedException {
        return gateway.chat(key, FakeBackend.TINY);
    }

    private static JsonNode create(String body) throws IOException, InterruptedException {
        HttpResponse<String> answer = gateway.post(gateway.adminKey, "/admin/keys", body);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        return WholeGateway.json(answer);
    }

    /** None where a database that was away has not been noticed to be back. */
    private static long requests(String keyId) throws IOException, InterruptedException {
        HttpResponse<String> answer = gateway.get(gateway.adminKey, "/admin/usage?group_by=key&key_id=" + keyId);
        assertThat(answer.statusCode()).as(answer.body()).isIn(200, 503);
        return WholeGateway.json(answer).at("/data/0/requests").asLong(0);
    }

    @Test
    void a_key_is_made_used_counted_listed_and_revoked() throws Exception {
        JsonNode made = create("{\"name\":\"laptop\",\"models\":[\"*\"]}");
        String key = made.get("key").stringValue();
        String id = made.at("/details/id").stringValue();
        for (int count = 0; count < 3; count++) {
            assertThat(chat(key).statusCode()).isEqualTo(200);
        }
        Eventually.holds("three requests are counted", () -> requests(id) == 3);
        JsonNode usage =
                WholeGateway.json(gateway.get(gateway.adminKey, "/admin/usage?group_by=day,key,model&key_id=" + id));
        assertThat(usage.at("/data/0/model").stringValue()).isEqualTo(FakeBackend.TINY);
        assertThat(usage.at("/data/0/prompt_tokens").asLong()).isPositive();
        JsonNode listed = WholeGateway.json(gateway.get(gateway.adminKey, "/admin/keys/" + id));
        assertThat(listed.get("last_used_at").isString()).as(listed.toString()).isTrue();

        assertThat(gateway.delete(gateway.adminKey, "/admin/keys/" + id).statusCode())
                .isEqualTo(200);
        Eventually.holds("the key is refused", () -> chat(key).statusCode() == 401);
        assertThat(chat(key).body()).contains("revoked");
    }

    @Test
    void a_key_that_is_rotated_over_http_opens_with_its_new_secret_alone() throws Exception {
        JsonNode made = create("{\"name\":\"turned\"}");
        String id = made.at("/details/id").stringValue();
        HttpResponse<String> answer = gateway.post(gateway.adminKey, "/admin/keys/" + id + "/rotate", "{}");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        JsonNode rotated = WholeGateway.json(answer);
        assertThat(rotated.at("/details/id").stringValue()).isEqualTo(id);
        assertThat(chat(rotated.get("key").stringValue()).statusCode()).isEqualTo(200);
        Eventually.holds(
                "the old secret is refused",
                () -> chat(made.get("key").stringValue()).statusCode() == 401);
        assertThat(gateway.post(gateway.adminKey, "/admin/keys/key_none/rotate", "{}")
                        .statusCode())
                .isEqualTo(404);
    }

    @Test
    void a_key_without_the_scope_admin_gets_nowhere_near_keys_and_usage() throws Exception {
        String key = create("{\"name\":\"plain\"}").get("key").stringValue();
        assertThat(gateway.get(key, "/admin/keys").statusCode()).isEqualTo(403);
        assertThat(gateway.post(key, "/admin/keys", "{\"name\":\"x\"}").statusCode())
                .isEqualTo(403);
        assertThat(gateway.delete(key, "/admin/keys/key_1").statusCode()).isEqualTo(403);
        assertThat(gateway.get(key, "/admin/usage").statusCode()).isEqualTo(403);
    }

    @Test
    void a_wish_that_cannot_be_meant_is_refused_by_name() throws Exception {
        String[] wishes = {
            "{}",
            "{\"name\":\"\"}",
            "{\"name\":\"x\",\"scopes\":[\"root\"]}",
            "{\"name\":\"x\",\"scopes\":[]}",
            "{\"name\":\"x\",\"limits\":{\"requests_per_minute\":0}}",
            "{\"name\":\"x\",\"limits\":{\"requests_per_hour\":5}}",
            "{\"name\":\"x\",\"expires_at\":\"tomorrow\"}",
            "{\"name\":\"x\",\"expires_at\":\"2001-01-01T00:00:00Z\"}",
            "{\"name\":\"x\",\"colour\":\"red\"}",
        };
        for (String wish : wishes) {
            HttpResponse<String> answer = gateway.post(gateway.adminKey, "/admin/keys", wish);
            assertThat(answer.statusCode()).as(wish + " -> " + answer.body()).isEqualTo(400);
        }
        assertThat(gateway.get(gateway.adminKey, "/admin/usage?group_by=hour").statusCode())
                .isEqualTo(400);
        assertThat(gateway.get(gateway.adminKey, "/admin/usage?from=yesterday").statusCode())
                .isEqualTo(400);
        assertThat(gateway.get(gateway.adminKey, "/admin/usage?from=2026-02-01&to=2026-01-01")
                        .statusCode())
                .isEqualTo(400);
    }

    @Test
    void a_key_s_limits_are_told_and_held() throws Exception {
        String key = create("{\"name\":\"small\",\"limits\":{\"requests_per_minute\":2,\"tokens_per_minute\":5000}}")
                .get("key")
                .stringValue();
        HttpResponse<String> first = chat(key);
        assertThat(first.statusCode()).isEqualTo(200);
        assertThat(first.headers().firstValue("x-ratelimit-limit-requests")).contains("2");
        assertThat(first.headers().firstValue("x-ratelimit-remaining-requests")).contains("1");
        assertThat(first.headers().firstValue("x-ratelimit-reset-requests").orElse(""))
                .matches("[0-9.ms]+");
        assertThat(first.headers().firstValue("x-ratelimit-limit-tokens")).contains("5000");
        chat(key);
        HttpResponse<String> third = chat(key);
        assertThat(third.statusCode()).isEqualTo(429);
        assertThat(WholeGateway.json(third).at("/error/code").stringValue()).isEqualTo("rate_limit_exceeded");
        assertThat(Integer.parseInt(third.headers().firstValue("retry-after").orElse("0")))
                .isBetween(1, 30);
        HttpResponse<String> huge = gateway.post(
                create("{\"name\":\"tiny\",\"limits\":{\"tokens_per_minute\":5}}")
                        .get("key")
                        .stringValue(),
                "/v1/chat/completions",
                "{\"model\":\"" + FakeBackend.TINY
                        + "\",\"max_tokens\":100,\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]}");
        assertThat(huge.statusCode()).as(huge.body()).isEqualTo(400);
        assertThat(huge.body()).contains("5 tokens a minute");
    }

    @Test
    void while_postgresql_is_away_known_keys_chat_on_and_their_usage_arrives_afterwards() throws Exception {
        JsonNode made = create("{\"name\":\"sailor\"}");
        String key = made.get("key").stringValue();
        String id = made.at("/details/id").stringValue();
        String unseen = create("{\"name\":\"unseen\"}").get("key").stringValue();
        assertThat(chat(key).statusCode()).isEqualTo(200);
        int sent = 1;

        line.cut();
        long end = System.currentTimeMillis() + AWAY_MILLIS;
        while (System.currentTimeMillis() < end) {
            assertThat(chat(key).statusCode()).isEqualTo(200);
            sent++;
            Thread.sleep(50);
        }
        HttpResponse<String> stranger = chat(unseen);
        assertThat(stranger.statusCode()).as(stranger.body()).isEqualTo(503);
        assertThat(gateway.get(gateway.adminKey, "/admin/usage").statusCode()).isEqualTo(503);
        line.mend();

        Eventually.holds("the stranger is known", () -> chat(unseen).statusCode() == 200);
        int all = sent;
        Eventually.holds("all " + all + " are counted", () -> requests(id) == all);
    }

    @Test
    void while_the_broker_is_away_chat_goes_on_and_usage_arrives_afterwards() throws Exception {
        JsonNode made = create("{\"name\":\"miller\"}");
        String key = made.get("key").stringValue();
        String id = made.at("/details/id").stringValue();
        assertThat(chat(key).statusCode()).isEqualTo(200);
        int sent = 1;

        broker.stop();
        long end = System.currentTimeMillis() + AWAY_MILLIS;
        while (System.currentTimeMillis() < end) {
            assertThat(chat(key).statusCode()).isEqualTo(200);
            sent++;
            Thread.sleep(50);
        }
        broker.startAgain();

        int all = sent;
        Eventually.holds("all " + all + " are counted", () -> requests(id) == all);
        assertThat(chat(key).statusCode()).isEqualTo(200);
        Eventually.holds("and the next one", () -> requests(id) == all + 1);
        assertThat(database.ask("select count(*) - count(distinct request_id) from gateway.usage"))
                .isEqualTo("0");
    }
}
