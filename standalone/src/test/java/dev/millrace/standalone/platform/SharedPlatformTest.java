package dev.millrace.standalone.platform;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.standalone.Api;
import dev.millrace.standalone.TestPlatform;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** What users see of the true engine through the gateway. */
class SharedPlatformTest {
    private static final int USERS = 32;

    private final TestPlatform platform = TestPlatform.running();
    private final Api api = new Api(platform.url(), platform.key(), platform.model());

    @Test
    void thirty_two_users_at_once_get_the_tokens_that_each_gets_alone() {
        List<ObjectNode> questions = IntStream.range(0, USERS)
                .mapToObj(user -> api.body("Question " + user + ": " + "why do mills turn? ".repeat(1 + user % 7), 24)
                        // every other draws its tokens
                        .put("temperature", user % 2)
                        .put("seed", user)
                        .put("logprobs", true))
                .toList();
        List<JsonNode> alone = questions.stream()
                .map(api::chat)
                .map(SharedPlatformTest::tokens)
                .toList();
        List<CompletableFuture<HttpResponse<String>>> together =
                questions.stream().map(api::send).toList();

        for (int user = 0; user < USERS; user++) {
            JsonNode answer =
                    JsonMapper.shared().readTree(together.get(user).join().body());
            assertThat(tokens(answer)).as("user " + user).isEqualTo(alone.get(user));
        }
        assertThat(alone).allSatisfy(tokens -> assertThat(tokens).hasSize(24));
    }

    /** Each token with its bytes and its log-probability. */
    private static JsonNode tokens(JsonNode answer) {
        return answer.at("/choices/0/logprobs/content");
    }

    @Test
    void a_request_that_does_not_say_is_sampled_as_the_models_makers_advise() {
        ObjectNode silent = api.body("Tell me of a mill.", 48).put("seed", 5);
        silent.remove("temperature");
        String answer = api.ask(silent);

        assertThat(api.ask(silent.deepCopy().put("temperature", 0.2).put("top_p", 0.9)))
                .isEqualTo(answer);
        assertThat(api.ask(silent.deepCopy().put("temperature", 1).put("top_p", 1)))
                .isNotEqualTo(answer);
    }
}
