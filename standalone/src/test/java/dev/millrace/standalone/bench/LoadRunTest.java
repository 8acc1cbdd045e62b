package dev.millrace.standalone.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.standalone.bench.FakeServer.Manner;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class LoadRunTest {
    private static final LoadPlan PLAN = new LoadPlan(100, OptionalInt.of(300), List.of(1, 4), 20, 12, 3, 150, 3, 1);

    @Test
    void all_that_is_planned_is_measured_with_the_lengths_asked_for() throws Exception {
        try (FakeServer server = new FakeServer(Manner.LIKE_OURS)) {
            List<String> progress = new ArrayList<>();
            LoadFigures figures =
                    measure(PLAN, List.of(server.asServer("A")), progress::add).getFirst();
            assertThat(figures.prefill().orElseThrow().promptTokens()).isEqualTo(100);
            assertThat(figures.prefill().orElseThrow().firstMillis().count()).isEqualTo(3);
            assertThat(figures.longPrefill().orElseThrow().promptTokens()).isEqualTo(300);
            assertThat(figures.users()).hasSize(2);
            assertThat(figures.usersOf(4).orElseThrow().answerTokens()).isEqualTo(12);
            assertThat(figures.usersOf(4).orElseThrow().promptTokens()).isEqualTo(20);
            assertThat(figures.newcomer().orElseThrow().others()).isEqualTo(3);
            assertThat(figures.newcomer().orElseThrow().promptTokens()).isEqualTo(100);
            assertThat(figures.sharedPrefix().orElseThrow().prefixTokens()).isEqualTo(150);
            assertThat(figures.notes()).isEmpty();
            assertThat(progress).contains("4 users, 2 of 3", "reading a prompt of 300 tokens, 3 of 3");
        }
    }

    @Test
    void two_servers_get_the_same_prompts_in_turn() throws Exception {
        try (FakeServer one = new FakeServer(Manner.LIKE_OURS);
                FakeServer other = new FakeServer(Manner.LIKE_OURS)) {
            LoadPlan plan = new LoadPlan(40, OptionalInt.empty(), List.of(2), 20, 12, 0, 0, 2, 1);
            List<LoadFigures> figures = measure(plan, List.of(one.asServer("A"), other.asServer("B")), _ -> {});
            assertThat(figures).extracting(figure -> figure.server().title()).containsExactly("A", "B");
            // before them each is read to until it is warm
            assertThat(lastTwo(prompts(other, 40))).isEqualTo(lastTwo(prompts(one, 40)));
            // two users, twice the same, two repetitions
            assertThat(prompts(other, 20)).hasSize(8).containsExactlyInAnyOrderElementsOf(prompts(one, 20));
        }
    }

    private static List<LoadFigures> measure(LoadPlan plan, List<Server> servers, Consumer<String> progress)
            throws IOException, InterruptedException {
        List<LoadFigures> figures = new ArrayList<>();
        LoadRun.measure(plan, servers, progress, figures::add);
        return figures;
    }

    @Test
    void where_it_ends_early_what_was_measured_by_then_is_kept() throws Exception {
        try (FakeServer server = new FakeServer(Manner.LIKE_OURS)) {
            List<LoadFigures> figures = new ArrayList<>();
            Consumer<String> untilUsers = what -> {
                if (what.startsWith("4 users, 2")) {
                    throw new IllegalStateException("enough");
                }
            };
            assertThatThrownBy(() -> LoadRun.measure(PLAN, List.of(server.asServer("A")), untilUsers, figures::add))
                    .hasMessage("enough");
            assertThat(figures).hasSize(1);
            assertThat(figures.getFirst().prefill()).isPresent();
            assertThat(figures.getFirst().users()).hasSize(1);
            assertThat(figures.getFirst().newcomer()).isEmpty();
        }
    }

    private static List<String> lastTwo(List<String> prompts) {
        return prompts.subList(prompts.size() - 2, prompts.size());
    }

    @Test
    void a_server_is_warm_once_its_last_three_readings_are_alike() {
        assertThat(LoadRun.isSteady(List.of(100.0, 100.0))).isFalse();
        assertThat(LoadRun.isSteady(List.of(900.0, 400.0, 105.0))).isFalse();
        assertThat(LoadRun.isSteady(List.of(900.0, 105.0, 100.0, 109.0))).isTrue();
    }

    private static List<String> prompts(FakeServer server, int tokens) {
        return server.requests().stream()
                .map(request -> request.path("prompt").asString())
                .filter(prompt -> prompt.split(" ", -1).length == tokens)
                .toList();
    }

    @Test
    void what_a_server_gives_counts_where_it_knows_no_ignore_eos_and_a_note_says_so() throws Exception {
        try (FakeServer server = new FakeServer(new Manner(false, true, true, 4096))) {
            LoadPlan plan = new LoadPlan(40, OptionalInt.empty(), List.of(2), 20, 12, 0, 0, 1, 1);
            LoadFigures figures =
                    measure(plan, List.of(server.asServer("B")), _ -> {}).getFirst();
            assertThat(figures.usersOf(2).orElseThrow().answerTokens()).isEqualTo(5);
            assertThat(figures.notes())
                    .anyMatch(note -> note.contains("B doesn't know ignore_eos"))
                    .anyMatch(note -> note.contains("other lengths than asked for"));
            List<JsonNode> requests = server.requests();
            assertThat(requests.getLast().has("ignore_eos")).isFalse();
        }
    }

    @Test
    void pieces_are_counted_where_a_server_tells_no_usage() throws Exception {
        try (FakeServer server = new FakeServer(new Manner(true, false, false, 4096))) {
            Reply reply = new CompletionClient(server.asServer("C")).complete("one two three", 7);
            assertThat(reply.completionTokens()).isEqualTo(7);
            assertThat(reply.counted()).isFalse();
            assertThat(reply.pieces()).hasSize(7).isSorted();
        }
    }

    @Test
    void what_a_context_has_no_room_for_is_left_out_with_the_servers_words() throws Exception {
        try (FakeServer server = new FakeServer(new Manner(true, true, true, 120))) {
            LoadFigures figures =
                    measure(PLAN, List.of(server.asServer("D")), _ -> {}).getFirst();
            assertThat(figures.prefill()).isPresent();
            assertThat(figures.longPrefill()).isEmpty();
            assertThat(figures.sharedPrefix()).isEmpty();
            assertThat(figures.notes())
                    .anyMatch(note -> note.startsWith("Left out: a prompt of 300 tokens.")
                            && note.endsWith("The context has 120 tokens."));
        }
    }

    @Test
    void a_server_without_a_tokenizer_counts_by_what_it_says_of_its_prompts() throws Exception {
        try (FakeServer server = new FakeServer(new Manner(true, true, false, 4096))) {
            LoadPlan plan = new LoadPlan(40, OptionalInt.empty(), List.of(1), 20, 12, 0, 0, 1, 1);
            LoadFigures figures =
                    measure(plan, List.of(server.asServer("A")), _ -> {}).getFirst();
            assertThat(figures.prefill().orElseThrow().promptTokens()).isEqualTo(40);
        }
    }

    @Test
    void a_server_that_is_not_there_is_named() {
        Server nowhere = Server.at("E", "http://127.0.0.1:1", Optional.empty(), "fake");
        assertThatThrownBy(() -> measure(PLAN, List.of(nowhere), _ -> {}))
                .isInstanceOf(IOException.class)
                .hasMessage("E can't be reached at http://127.0.0.1:1/v1.");
    }

    @Test
    void the_only_model_of_another_server_is_found_and_an_address_is_needed() throws Exception {
        try (FakeServer server = new FakeServer(Manner.LIKE_OURS)) {
            Server found = OtherServer.find(server.url() + "/", Optional.empty(), Optional.empty(), "ours");
            assertThat(found.model()).isEqualTo("fake");
            assertThat(found.base()).hasToString(server.url() + "/v1");
        }
        assertThat(Server.base("https://host/v3/")).hasToString("https://host/v3");
        assertThatThrownBy(() -> Server.base("localhost:80")).hasMessageContaining("is no address of a server");
    }
}
