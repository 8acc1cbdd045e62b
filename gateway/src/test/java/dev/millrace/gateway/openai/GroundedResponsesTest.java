package dev.millrace.gateway.openai;

import static dev.millrace.gateway.openai.AskedGateway.PATH;
import static dev.millrace.gateway.openai.AskedGateway.message;
import static dev.millrace.gateway.openai.AskedGateway.question;
import static dev.millrace.gateway.openai.AskedGateway.text;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contracts.v1.AttributeComparison;
import dev.millrace.contracts.v1.ChatMessage;
import dev.millrace.contracts.v1.Ranker;
import dev.millrace.contracts.v1.RetrieveRequest;
import dev.millrace.gateway.FakeBackend;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** {@code POST /v1/responses} with documents. */
class GroundedResponsesTest {
    private static AskedGateway asked;

    @BeforeAll
    static void start() {
        asked = new AskedGateway();
    }

    @AfterAll
    static void stop() {
        asked.close();
    }

    @BeforeEach
    void two_files() {
        asked.rag.checks = true;
        asked.rag.relevance = 0.9;
        asked.rag.passages.clear();
        asked.rag.retrieves.clear();
        asked.gateway.backend.requests.clear();
        asked.gateway.backend.chats.clear();
        asked.rag.has("file-mill", "mill.pdf", 3, "The mill was built in 1820. It stands by the river.");
        asked.rag.has("file-wheel", "wheel.md", 0, "The wheel has forty buckets. It turns slowly.");
    }

    @Test
    void an_answer_from_documents_cites_each_sentence_whether_or_not_the_model_did() {
        asked.gateway.backend.script = "The mill was built in 1820 [1]. The wheel has forty buckets.";
        JsonNode response = asked.ask(question(",'include':['file_search_call.results']"));

        JsonNode search = response.at("/output/0");
        assertThat(search.at("/type").stringValue()).isEqualTo("file_search_call");
        assertThat(search.at("/status").stringValue()).isEqualTo("completed");
        assertThat(search.at("/queries/0").stringValue()).isEqualTo("When was the mill built?");
        assertThat(search.at("/results")).hasSize(2);
        assertThat(search.at("/results/0/file_id").stringValue()).isEqualTo("file-mill");
        assertThat(search.at("/results/0/score").doubleValue()).isEqualTo(0.9);

        assertThat(text(response)).isEqualTo("The mill was built in 1820. The wheel has forty buckets.");
        JsonNode annotations = message(response).at("/content/0/annotations");
        assertThat(annotations)
                .containsExactly(
                        Client.json(BadInputTest.quoted(
                                "{'type':'file_citation','file_id':'file-mill','filename':'mill.pdf','index':27}")),
                        Client.json(BadInputTest.quoted(
                                "{'type':'file_citation','file_id':'file-wheel','filename':'wheel.md','index':56}")));

        JsonNode grounding = message(response).at("/grounding");
        assertThat(grounding.at("/verdict").stringValue()).isEqualTo("supported");
        assertThat(grounding.at("/score").doubleValue()).isEqualTo(0.97);
        assertThat(grounding.at("/abstained").booleanValue()).isFalse();
        assertThat(grounding.at("/reason").isNull()).isTrue();
        JsonNode second = grounding.at("/sentences/1");
        assertThat(second.at("/start").intValue()).isEqualTo(28);
        assertThat(second.at("/end").intValue()).isEqualTo(56);
        assertThat(second.at("/source/page").isNull()).isTrue();
        JsonNode source = grounding.at("/sentences/0/source");
        assertThat(source.at("/page").intValue()).isEqualTo(3);
        assertThat(source.at("/start").intValue()).isEqualTo(1_000);
        assertThat(source.at("/end").intValue()).isEqualTo(1_027);
        assertThat(source.at("/quote").stringValue()).isEqualTo("The mill was built in 1820.");
    }

    @Test
    void the_prompt_has_numbered_sources_and_greedy_sampling() {
        asked.gateway.backend.script = "The mill was built in 1820.";
        asked.ask(question(",'instructions':'Be brief.'"));
        List<ChatMessage> messages =
                asked.gateway.backend.chats.stream().toList().getLast().getMessagesList();
        assertThat(messages).hasSize(2);
        assertThat(messages.getFirst().getContent(0).getText()).isEqualTo("Be brief.");
        assertThat(messages.getLast().getContent(0).getText())
                .contains("[1] mill.pdf, page 3\nThe mill was built")
                .contains("[2] wheel.md\nThe wheel has")
                .endsWith("Question: When was the mill built?");
        assertThat(asked.gateway.backend.requests.element().getSampling().getTemperature())
                .isZero();
        assertThat(asked.gateway.backend.requests.element().getSampling().hasTemperature())
                .isTrue();

        asked.gateway.backend.requests.clear();
        asked.ask(question(",'temperature':0.7"));
        assertThat(asked.gateway.backend.requests.element().getSampling().getTemperature())
                .isEqualTo(0.7f);
    }

    @Test
    void passages_that_the_context_has_no_room_for_are_left_out_from_the_end() {
        asked.rag.passages.clear();
        for (int i = 0; i < 9; i++) {
            asked.rag.has(
                    "file-" + i,
                    i + ".txt",
                    0,
                    ("Sentence of file " + i + " that says little. ").repeat(9).strip());
        }
        asked.gateway.backend.script = "Sentence of file 0 that says little.";
        asked.ask(question(""));
        String prompt = asked.gateway.backend.chats.stream()
                .toList()
                .getLast()
                .getMessages(0)
                .getContent(0)
                .getText();
        assertThat(prompt).contains("[1] 0.txt").contains("[3] 2.txt").doesNotContain("[9] 8.txt");
        assertThat(asked.gateway
                        .backend
                        .requests
                        .element()
                        .getPrompt(0)
                        .getIds()
                        .getIdsCount())
                .isLessThan(FakeBackend.CONTEXT_TOKENS - 400);
    }

    @Test
    void citations_come_with_their_sentence_and_verdicts_before_the_end() {
        asked.gateway.backend.script = "The mill was built in 1820. It turns slowly.";
        List<JsonNode> events = asked.events(question(",'stream':true"));
        List<String> types = events.stream().map(AskedGateway::type).toList();
        assertThat(types.subList(0, 9))
                .containsExactly(
                        "response.created",
                        "response.in_progress",
                        "response.output_item.added",
                        "response.file_search_call.in_progress",
                        "response.file_search_call.searching",
                        "response.file_search_call.completed",
                        "response.output_item.done",
                        "response.output_item.added",
                        "response.content_part.added");
        assertThat(types.subList(types.size() - 4, types.size()))
                .containsExactly(
                        "response.output_text.done",
                        "response.content_part.done",
                        "response.output_item.done",
                        "response.completed");
        assertThat(types.subList(9, types.size() - 4))
                .containsOnly("response.output_text.delta", "response.output_text.annotation.added");

        int first = types.indexOf("response.output_text.annotation.added");
        StringBuilder told = new StringBuilder();
        events.subList(0, first)
                .forEach(event -> told.append(event.path("delta").asString("")));
        assertThat(told.toString()).startsWith("The mill was built in 1820.").doesNotContain("slowly");
        assertThat(events.get(first).at("/annotation/file_id").stringValue()).isEqualTo("file-mill");
        assertThat(events.get(first).at("/annotation_index").intValue()).isZero();
        assertThat(events.get(first).at("/output_index").intValue()).isEqualTo(1);
        JsonNode item = events.get(types.size() - 2).at("/item");
        assertThat(item.at("/grounding/verdict").stringValue()).isEqualTo("supported");
        assertThat(item.at("/grounding/sentences")).hasSize(2);
        assertThat(events.getLast().at("/response/output/1")).isEqualTo(item);
    }

    @Test
    void reasoning_is_an_item_of_its_own_before_the_message() {
        asked.gateway.backend.script = "Reasoning: source 1 has it.\nAnswer: The mill was built in 1820.";
        List<JsonNode> events = asked.events(question(",'stream':true,'millrace':{'step_by_step':true}"));
        List<String> types = events.stream().map(AskedGateway::type).toList();
        int done = types.indexOf("response.reasoning_text.done");
        assertThat(done).isBetween(1, types.indexOf("response.output_text.delta"));
        assertThat(events.get(done).at("/text").stringValue()).isEqualTo("source 1 has it.");
        assertThat(events.get(done).at("/output_index").intValue()).isEqualTo(1);
        JsonNode response = events.getLast().at("/response");
        assertThat(response.at("/output/1/type").stringValue()).isEqualTo("reasoning");
        assertThat(response.at("/output/1/content/0/text").stringValue()).isEqualTo("source 1 has it.");
        assertThat(text(response)).isEqualTo("The mill was built in 1820.");
        assertThat(message(response).at("/grounding/sentences")).hasSize(1);
        assertThat(asked.gateway.backend.chats.stream()
                        .toList()
                        .getLast()
                        .getMessages(0)
                        .getContent(0)
                        .getText())
                .contains("think step by step");
    }

    @Test
    void what_the_documents_contradict_is_told_with_that_verdict_and_cites_nothing() {
        asked.gateway.backend.script = "The mill was built in 1920.";
        JsonNode response = asked.ask(question(""));
        assertThat(text(response)).isEqualTo("The mill was built in 1920.");
        assertThat(message(response).at("/content/0/annotations")).isEmpty();
        JsonNode grounding = message(response).at("/grounding");
        assertThat(grounding.at("/verdict").stringValue()).isEqualTo("contradicted");
        assertThat(grounding.at("/sentences/0/source/quote").stringValue()).contains("1820");
    }

    @Test
    void an_answer_that_rests_on_nothing_is_not_told() {
        asked.gateway.backend.script = "Millers are kind people. They sing.";
        List<JsonNode> events = asked.events(question(",'stream':true"));
        JsonNode response = events.getLast().at("/response");
        assertThat(text(response)).isEqualTo("The documents don't say.");
        assertThat(events.toString()).doesNotContain("kind people");
        JsonNode grounding = message(response).at("/grounding");
        assertThat(grounding.at("/abstained").booleanValue()).isTrue();
        assertThat(grounding.at("/verdict").stringValue()).isEqualTo("not_found");
        assertThat(grounding.at("/reason").stringValue()).isEqualTo("unsupported");
        assertThat(grounding.at("/score").doubleValue()).isEqualTo(0.1);
    }

    @Test
    void without_a_passage_no_model_is_asked() {
        asked.rag.passages.clear();
        JsonNode response = asked.ask(question("").replace("When was the mill built?", "磨坊是哪一年建的？"));
        assertThat(text(response)).isEqualTo("文档中没有提到这一点。");
        assertThat(message(response).at("/grounding/reason").stringValue()).isEqualTo("no_relevant_passage");
        assertThat(asked.gateway.backend.requests).isEmpty();
        assertThat(asked.gateway.usages).anyMatch(usage -> usage.endpoint().equals(PATH) && usage.promptTokens() == 0);
        assertThat(asked.gateway.limits.open).hasValue(0);
    }

    @Test
    void passages_that_hardly_answer_are_no_ground_for_an_answer_unless_the_request_says_which_are() {
        asked.rag.passages.clear();
        asked.rag.relevance = 0.05;
        asked.rag.has("file-sail", "sail.md", 0, "The mill was built in 1820.");
        asked.gateway.backend.script = "The mill was built in 1820.";
        JsonNode response = asked.ask(question(""));
        assertThat(text(response)).isEqualTo("The documents don't say.");
        JsonNode grounding = message(response).at("/grounding");
        assertThat(grounding.at("/abstained").booleanValue()).isTrue();
        assertThat(grounding.at("/reason").stringValue()).isEqualTo("no_relevant_passage");
        assertThat(grounding.at("/score").doubleValue()).isEqualTo(0.05);
        assertThat(asked.gateway.backend.requests).isEmpty();

        JsonNode lenient = asked.ask(
                question("").replace("[\"vs_mill\"]", "[\"vs_mill\"],\"ranking_options\":{\"score_threshold\":0}"));
        assertThat(text(lenient)).isEqualTo("The mill was built in 1820.");
    }

    @Test
    void a_model_that_declines_or_says_nothing_abstains() {
        asked.gateway.backend.script = "The sources do not contain this information.";
        assertThat(message(asked.ask(question(""))).at("/grounding/reason").stringValue())
                .isEqualTo("declined");
        asked.gateway.backend.script = "";
        JsonNode response = asked.ask(question(""));
        assertThat(message(response).at("/grounding/reason").stringValue()).isEqualTo("empty_answer");
        assertThat(text(response)).isEqualTo("The documents don't say.");
    }

    @Test
    void without_a_check_the_answer_flows_and_says_so() {
        asked.rag.checks = false;
        asked.gateway.backend.script = "Built in 1820, the mill is old. The wheel's buckets number forty [2].";
        JsonNode response = asked.ask(question(""));
        JsonNode grounding = message(response).at("/grounding");
        assertThat(grounding.at("/verdict").stringValue()).isEqualTo("unchecked");
        assertThat(grounding.at("/reason").stringValue()).isEqualTo("check_unavailable");
        assertThat(grounding.at("/score").isNull()).isTrue();
        assertThat(grounding.at("/sentences/0/source/quote").stringValue()).isEqualTo("The mill was built in 1820.");
        assertThat(grounding.at("/sentences/1/source/file_id").stringValue()).isEqualTo("file-wheel");
        assertThat(message(response).at("/content/0/annotations")).hasSize(2);
    }

    @Test
    void an_answer_without_a_claim_is_told_unchecked() {
        asked.gateway.backend.script = "Sure!";
        JsonNode response = asked.ask(question(""));
        assertThat(text(response)).isEqualTo("Sure!");
        assertThat(message(response).at("/grounding/verdict").stringValue()).isEqualTo("unchecked");
        assertThat(message(response).at("/grounding/reason").stringValue()).isEqualTo("no_claim");
    }

    @Test
    void the_search_takes_openai_s_options() {
        asked.gateway.backend.script = "The mill was built in 1820.";
        asked.ask(BadInputTest.quoted(
                "{'model':'scripted','input':'When?','tool_choice':'required','tools':[{'type':'file_search',"
                        + "'vector_store_ids':['vs_mill'],'max_num_results':7,'ranking_options':{'ranker':'none','score_threshold':0.3},"
                        + "'filters':{'type':'and','filters':[{'type':'gte','key':'year','value':1820},{'type':'in','key':'kind',"
                        + "'value':['mill','dam']}]}}]}"));
        RetrieveRequest request = asked.rag.retrieves.element();
        assertThat(request.getTenant()).isEqualTo("key-1");
        assertThat(request.getMaxResults()).isEqualTo(7);
        assertThat(request.getMinScore()).isEqualTo(0.3);
        assertThat(request.getRanker()).isEqualTo(Ranker.RANKER_NONE);
        AttributeComparison kind = request.getFilter().getAll().getFilters(1).getComparison();
        assertThat(kind.getOperator()).isEqualTo(AttributeComparison.Operator.IN);
        assertThat(kind.getValues(1).getText()).isEqualTo("dam");
    }

    @Test
    void a_follow_up_question_is_rewritten_by_the_model_where_that_is_wished() {
        asked.gateway.backend.script = "The mill was built in 1820.";
        JsonNode response = asked.ask(question(",'include':[]")
                .replace(
                        "\"When was the mill built?\"",
                        BadInputTest.quoted(
                                "[{'role':'user','content':'What is old?'},"
                                        + "{'role':'assistant','content':'The mill.'},{'role':'user','content':'Since when?'}]"))
                .replace("[\"vs_mill\"]", "[\"vs_mill\"],\"rewrite_query\":true"));
        assertThat(response.at("/output/0/queries/0").stringValue()).isEqualTo("Since when?");
        assertThat(response.at("/output/0/queries/1").stringValue()).isEqualTo("The mill was built in 1820.");
        assertThat(asked.rag.retrieves.element().getQuery()).isEqualTo("Since when?");
        assertThat(asked.rag.retrieves.element().getFurtherQueriesList())
                .containsExactly("The mill was built in 1820.");
        assertThat(asked.gateway
                        .backend
                        .chats
                        .element()
                        .getMessages(0)
                        .getContent(0)
                        .getText())
                .contains("user: What is old?\nassistant: The mill.")
                .endsWith("Last question: Since when?");
        assertThat(asked.gateway.backend.requests).hasSize(2);
    }

    @Test
    void a_search_that_is_switched_off_is_none() {
        asked.gateway.backend.script = "Anything goes.";
        JsonNode response = asked.ask(question(",'tool_choice':'none'"));
        assertThat(response.at("/output")).hasSize(1);
        assertThat(asked.rag.retrieves).isEmpty();
        assertThat(text(response)).isEqualTo("Anything goes.");
    }

    @Test
    void another_s_vector_store_does_not_exist() {
        for (String stream : List.of("false", "true")) {
            JsonNode error = BadInputTest.error(
                    asked.client.post(PATH, question(",'stream':" + stream).replace("vs_mill", "vs_other")), 404);
            assertThat(error.path("code").stringValue()).isEqualTo("vector_store_not_found");
        }
    }
}
