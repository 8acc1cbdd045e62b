package dev.millrace.standalone.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.standalone.TestPlatform;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The command line beside a platform that runs as a process of its own. */
class PlatformProcessTest {
    @Test
    void a_chat_is_answered_and_its_tokens_are_counted() throws Exception {
        TestPlatform platform = TestPlatform.running();
        HttpResponse<String> answer = chat(platform, platform.key());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        JsonNode usage = JsonMapper.shared().readTree(answer.body()).path("usage");
        assertThat(usage.path("completion_tokens").asInt()).isBetween(1, 8);
    }

    @Test
    void the_status_names_process_address_and_models() {
        TestPlatform platform = TestPlatform.running();
        Outcome outcome = Outcome.of(platform, "status", "--json");
        assertThat(outcome.status()).isZero();
        JsonNode status = JsonMapper.shared().readTree(outcome.out());
        assertThat(status.path("pid").asLong()).isEqualTo(platform.process().pid());
        assertThat(status.path("url").asString()).isEqualTo(platform.url());
        assertThat(status.path("state").asString()).isEqualTo("ready");
        assertThat(status.path("models").path(0).path("name").asString()).isEqualTo(platform.model());
        assertThat(status.path("models").path(0).path("state").asString()).isEqualTo("ready");
    }

    @Test
    void a_key_is_printed_alone_works_and_is_refused_once_revoked() throws Exception {
        TestPlatform platform = TestPlatform.running();
        Outcome made = Outcome.of(platform, "keys", "create", "--name", "mill", "--print");
        assertThat(made.out()).matches("mr-\\w+\\R");
        String key = made.out().strip();
        assertThat(chat(platform, key).statusCode()).isEqualTo(200);
        JsonNode keys = JsonMapper.shared()
                .readTree(Outcome.of(platform, "keys", "list", "--json").out());
        String id = keys.valueStream()
                .filter(one -> key.startsWith(one.path("shown").asString()))
                .findFirst()
                .orElseThrow()
                .path("id")
                .asString();
        assertThat(Outcome.of(platform, "keys", "revoke", id).status()).isZero();
        assertThat(chat(platform, key).statusCode()).isEqualTo(401);
    }

    @Test
    void a_key_with_the_admin_scope_reads_the_keys_and_a_first_key_does_not() throws Exception {
        TestPlatform platform = TestPlatform.running();
        String admin = Outcome.of(platform, "keys", "create", "--name", "ops", "--scope", "admin,inference", "--print")
                .out()
                .strip();
        assertThat(adminKeys(platform, admin)).isEqualTo(200);
        assertThat(chat(platform, admin).statusCode()).isEqualTo(200);
        assertThat(adminKeys(platform, platform.key())).isEqualTo(403);
        Outcome wrong = Outcome.of(platform, "keys", "create", "--name", "ops", "--scope", "root");
        assertThat(wrong.status()).isEqualTo(1);
        assertThat(wrong.err()).contains("'inference' or 'admin'").contains("'root'");
    }

    private static int adminKeys(TestPlatform platform, String key) throws Exception {
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create(platform.url() + "/admin/keys"))
                                .header("Authorization", "Bearer " + key)
                                .build(),
                        HttpResponse.BodyHandlers.discarding())
                .statusCode();
    }

    @Test
    void a_key_that_is_not_there_cannot_be_revoked() {
        Outcome outcome = Outcome.of(TestPlatform.running(), "keys", "revoke", "key_nowhere");
        assertThat(outcome.status()).isEqualTo(1);
        assertThat(outcome.err()).contains("\"key_nowhere\"");
    }

    @Test
    void a_second_up_says_where_the_first_runs() {
        TestPlatform platform = TestPlatform.running();
        Outcome outcome = Outcome.of(platform, "up", "--detach");
        assertThat(outcome.status()).isZero();
        assertThat(outcome.out())
                .contains(platform.url())
                .contains(Long.toString(platform.process().pid()));
    }

    @Test
    void what_was_acknowledged_outlives_a_kill(@TempDir Path folder) throws Exception {
        TestPlatform first = TestPlatform.start(folder.resolve("home"));
        Outcome made = Outcome.of(first, "keys", "create", "--name", "mill", "--print");
        String key = made.out().strip();
        first.process().destroyForcibly().waitFor();
        TestPlatform second = TestPlatform.start(folder.resolve("home"));
        try {
            assertThat(second.key()).isEqualTo(first.key());
            assertThat(chat(second, key).statusCode()).isEqualTo(200);
            assertThat(Outcome.of(second, "down").status()).isZero();
            assertThat(second.process().waitFor()).isZero();
            assertThat(Outcome.of(second, "status").status()).isEqualTo(1);
        } finally {
            second.stop();
        }
    }

    @Test
    void a_port_in_use_is_named_with_its_owner_and_the_option(@TempDir Path folder) throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Outcome outcome = Outcome.of(folder, "up", "--port", Integer.toString(taken.getLocalPort()));
            assertThat(outcome.status()).isEqualTo(1);
            assertThat(outcome.err())
                    .contains("Port " + taken.getLocalPort() + " is in use")
                    .contains("--port");
        }
    }

    @Test
    void a_model_that_nobody_knows_is_named_with_those_that_are(@TempDir Path folder) throws Exception {
        Outcome outcome =
                Outcome.of(folder, "up", "--model", "nowhere", "--port", freePort(), "--grpc-port", freePort());
        assertThat(outcome.status()).isEqualTo(1);
        assertThat(outcome.err()).contains("\"nowhere\"").contains("smollm2-135m");
    }

    @Test
    void wrong_arguments_are_told_from_what_cannot_be_done(@TempDir Path folder) {
        assertThat(Outcome.of(folder, "frobnicate").status()).isEqualTo(2);
        assertThat(Outcome.of(folder, "keys", "list").status()).isEqualTo(1);
        assertThat(Outcome.of(folder, "down").status()).isZero();
        assertThat(Outcome.of(folder, "--help").out()).contains("./millrace up");
    }

    private static HttpResponse<String> chat(TestPlatform platform, String key) throws Exception {
        String body = "{\"model\":\"" + platform.model()
                + "\",\"max_tokens\":8,\"messages\":[{\"role\":\"user\",\"content\":\"What is a mill?\"}]}";
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(
                    HttpRequest.newBuilder(URI.create(platform.openaiUrl() + "/chat/completions"))
                            .header("Authorization", "Bearer " + key)
                            .header("Content-Type", "application/json")
                            .POST(HttpRequest.BodyPublishers.ofString(body))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
        }
    }

    private static String freePort() throws Exception {
        return Integer.toString(TestPlatform.freePort());
    }
}
