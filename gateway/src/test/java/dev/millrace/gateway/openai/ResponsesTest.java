package dev.millrace.gateway.openai;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contracts.v1.AttributeComparison;
import dev.millrace.contracts.v1.ChatMessage;
import dev.millrace.contracts.v1.Ranker;
import dev.millrace.contracts.v1.RetrieveRequest;
import dev.millrace.gateway.FakeBackend;
import dev.millrace.gateway.RunningGateway;
import dev.millrace.gateway.ScriptedRag;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** {@code POST /v1/responses}, with documents and without. */
class ResponsesTest {
    private static final String PATH = "/v1/responses";
    private static final ScriptedRag RAG = new ScriptedRag();
    private static RunningGateway gateway;
    private static Client client;
    private static Description description;

    @BeforeAll
    static void start() {
        gateway = new RunningGateway("millrace.rag.address=" + RAG.address());
        client = new Client(gateway);
        client.awaitModel(FakeBackend.SCRIPTED);
        description = new Description(Client.json(client.get("/openapi.json")));
    }

    @AfterAll
    static void stop() {
        gateway.close();
        RAG.close();
    }

    @BeforeEach
    void two_files() {
        RAG.checks = true;
        RAG.relevance = 0.9;
        RAG.passages.clear();
        RAG.retrieves.clear();
        gateway.backend.requests.clear();
        gateway.backend.chats.clear();
        RAG.has("file-mill", "mill.pdf", 3, "The mill was built in 1820. It stands by the river.");
        RAG.has("file-wheel", "wheel.md", 0, "The wheel has forty buckets. It turns slowly.");
    }

    private static String question(String fields) {
        return BadInputTest.quoted(
                "{'model':'scripted','input':'When was the mill built?','tools':[{'type':'file_search',"
                        + "'vector_store_ids':['vs_mill']}]" + fields + "}");
    }

    private static JsonNode ask(String body) {
        HttpResponse<String> answer = client.post(PATH, body);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        description.check(description.requestSchema("post " + PATH), Client.json(body));
        description.check(answered("application~1json"), Client.json(answer));
        return Client.json(answer);
    }

    /** The schema of an answer of a type. */
    private static JsonNode answered(String type) {
        return description.operation("post " + PATH).at("/responses/200/content/" + type + "/schema");
    }

    private static List<JsonNode> events(String body) {
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

    private static String type(JsonNode event) {
        return event.at("/type").stringValue();
    }

    private static JsonNode message(JsonNode response) {
        return response.at("/output").get(response.at("/output").size() - 1);
    }

    private static String text(JsonNode response) {
        return message(response).at("/content/0/text").stringValue();
    }

    @Test
    void a_plain_answer_has_openai_s_shape() {
        JsonNode response = ask(BadInputTest.quoted(
                "{'model':'tiny','input':'Hi','instructions':'Be brief.','max_output_tokens':3,'metadata':{'a':'b'},"
                        + "'temperature':0.5}"));
        assertThat(response.at("/id").stringValue()).startsWith("resp_");
        assertThat(response.at("/object").stringValue()).isEqualTo("response");
        assertThat(response.at("/status").stringValue()).isEqualTo("incomplete");
        assertThat(response.at("/incomplete_details/reason").stringValue()).isEqualTo("max_output_tokens");
        assertThat(response.at("/error").isNull()).isTrue();
        assertThat(response.at("/metadata/a").stringValue()).isEqualTo("b");
        assertThat(response.at("/temperature").doubleValue()).isEqualTo(0.5);
        assertThat(response.at("/top_p").isNull()).isTrue();
        assertThat(response.at("/tools")).isEmpty();
        assertThat(response.at("/tool_choice").stringValue()).isEqualTo("auto");
        assertThat(response.at("/parallel_tool_calls").booleanValue()).isTrue();
        assertThat(response.at("/output")).hasSize(1);
        assertThat(message(response).at("/role").stringValue()).isEqualTo("assistant");
        assertThat(message(response).at("/content/0/type").stringValue()).isEqualTo("output_text");
        assertThat(message(response).has("grounding")).isFalse();
        assertThat(text(response)).isEqualTo("w0 w1 w2");
        String prompt = "system:Be brief.\nuser:Hi\n";
        assertThat(response.at("/usage/input_tokens").intValue()).isEqualTo(prompt.length());
        assertThat(response.at("/usage/total_tokens").intValue()).isEqualTo(prompt.length() + 3);
    }

    @Test
    void a_plain_answer_is_streamed_in_openai_s_events() {
        List<JsonNode> events =
                events(BadInputTest.quoted("{'model':'tiny','input':[{'role':'user','content':[{'type':'input_text',"
                        + "'text':'Hi'}]}],'stream':true}"));
        assertThat(events.stream().map(ResponsesTest::type))
                .containsExactly(
                        "response.created",
                        "response.in_progress",
                        "response.output_item.added",
                        "response.content_part.added",
                        "response.output_text.delta",
                        "response.output_text.delta",
                        "response.output_text.delta",
                        "response.output_text.delta",
                        "response.output_text.done",
                        "response.content_part.done",
                        "response.output_item.done",
                        "response.completed");
        assertThat(events.getFirst().at("/response/status").stringValue()).isEqualTo("in_progress");
        assertThat(events.getFirst().at("/response/output")).isEmpty();
        assertThat(events.get(8).at("/text").stringValue()).isEqualTo("w0 w1 w2 w3");
        assertThat(text(events.getLast().at("/response"))).isEqualTo("w0 w1 w2 w3");
    }

    @Test
    void an_answer_from_documents_cites_each_sentence_whether_or_not_the_model_did() {
        gateway.backend.script = "The mill was built in 1820 [1]. The wheel has forty buckets.";
        JsonNode response = ask(question(",'include':['file_search_call.results']"));

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
        gateway.backend.script = "The mill was built in 1820.";
        ask(question(",'instructions':'Be brief.'"));
        List<ChatMessage> messages =
                gateway.backend.chats.stream().toList().getLast().getMessagesList();
        assertThat(messages).hasSize(2);
        assertThat(messages.getFirst().getContent(0).getText()).isEqualTo("Be brief.");
        assertThat(messages.getLast().getContent(0).getText())
                .contains("[1] mill.pdf, page 3\nThe mill was built")
                .contains("[2] wheel.md\nThe wheel has")
                .endsWith("Question: When was the mill built?");
        assertThat(gateway.backend.requests.element().getSampling().getTemperature())
                .isZero();
        assertThat(gateway.backend.requests.element().getSampling().hasTemperature())
                .isTrue();

        gateway.backend.requests.clear();
        ask(question(",'temperature':0.7"));
        assertThat(gateway.backend.requests.element().getSampling().getTemperature())
                .isEqualTo(0.7f);
    }

    @Test
    void passages_that_the_context_has_no_room_for_are_left_out_from_the_end() {
        RAG.passages.clear();
        for (int i = 0; i < 9; i++) {
            RAG.has(
                    "file-" + i,
                    i + ".txt",
                    0,
                    ("Sentence of file " + i + " that says little. ").repeat(9).strip());
        }
        gateway.backend.script = "Sentence of file 0 that says little.";
        ask(question(""));
        String prompt = gateway.backend.chats.stream()
                .toList()
                .getLast()
                .getMessages(0)
                .getContent(0)
                .getText();
        assertThat(prompt).contains("[1] 0.txt").contains("[3] 2.txt").doesNotContain("[9] 8.txt");
        assertThat(gateway.backend.requests.element().getPrompt(0).getIds().getIdsCount())
                .isLessThan(FakeBackend.CONTEXT_TOKENS - 400);
    }

    @Test
    void citations_come_with_their_sentence_and_verdicts_before_the_end() {
        gateway.backend.script = "The mill was built in 1820. It turns slowly.";
        List<JsonNode> events = events(question(",'stream':true"));
        List<String> types = events.stream().map(ResponsesTest::type).toList();
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
        gateway.backend.script = "Reasoning: source 1 has it.\nAnswer: The mill was built in 1820.";
        List<JsonNode> events = events(question(",'stream':true,'millrace':{'step_by_step':true}"));
        List<String> types = events.stream().map(ResponsesTest::type).toList();
        int done = types.indexOf("response.reasoning_text.done");
        assertThat(done).isBetween(1, types.indexOf("response.output_text.delta"));
        assertThat(events.get(done).at("/text").stringValue()).isEqualTo("source 1 has it.");
        assertThat(events.get(done).at("/output_index").intValue()).isEqualTo(1);
        JsonNode response = events.getLast().at("/response");
        assertThat(response.at("/output/1/type").stringValue()).isEqualTo("reasoning");
        assertThat(response.at("/output/1/content/0/text").stringValue()).isEqualTo("source 1 has it.");
        assertThat(text(response)).isEqualTo("The mill was built in 1820.");
        assertThat(message(response).at("/grounding/sentences")).hasSize(1);
        assertThat(gateway.backend.chats.stream()
                        .toList()
                        .getLast()
                        .getMessages(0)
                        .getContent(0)
                        .getText())
                .contains("think step by step");
    }

    @Test
    void what_the_documents_contradict_is_told_with_that_verdict_and_cites_nothing() {
        gateway.backend.script = "The mill was built in 1920.";
        JsonNode response = ask(question(""));
        assertThat(text(response)).isEqualTo("The mill was built in 1920.");
        assertThat(message(response).at("/content/0/annotations")).isEmpty();
        JsonNode grounding = message(response).at("/grounding");
        assertThat(grounding.at("/verdict").stringValue()).isEqualTo("contradicted");
        assertThat(grounding.at("/sentences/0/source/quote").stringValue()).contains("1820");
    }

    @Test
    void an_answer_that_rests_on_nothing_is_not_told() {
        gateway.backend.script = "Millers are kind people. They sing.";
        List<JsonNode> events = events(question(",'stream':true"));
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
        RAG.passages.clear();
        JsonNode response = ask(question("").replace("When was the mill built?", "磨坊是哪一年建的？"));
        assertThat(text(response)).isEqualTo("文档中没有提到这一点。");
        assertThat(message(response).at("/grounding/reason").stringValue()).isEqualTo("no_relevant_passage");
        assertThat(gateway.backend.requests).isEmpty();
        assertThat(gateway.usages).anyMatch(usage -> usage.endpoint().equals(PATH) && usage.promptTokens() == 0);
        assertThat(gateway.limits.open).hasValue(0);
    }

    @Test
    void passages_that_hardly_answer_are_no_ground_for_an_answer_unless_the_request_says_which_are() {
        RAG.passages.clear();
        RAG.relevance = 0.05;
        RAG.has("file-sail", "sail.md", 0, "The mill was built in 1820.");
        gateway.backend.script = "The mill was built in 1820.";
        JsonNode response = ask(question(""));
        assertThat(text(response)).isEqualTo("The documents don't say.");
        JsonNode grounding = message(response).at("/grounding");
        assertThat(grounding.at("/abstained").booleanValue()).isTrue();
        assertThat(grounding.at("/reason").stringValue()).isEqualTo("no_relevant_passage");
        assertThat(grounding.at("/score").doubleValue()).isEqualTo(0.05);
        assertThat(gateway.backend.requests).isEmpty();

        JsonNode asked =
                ask(question("").replace("[\"vs_mill\"]", "[\"vs_mill\"],\"ranking_options\":{\"score_threshold\":0}"));
        assertThat(text(asked)).isEqualTo("The mill was built in 1820.");
    }

    @Test
    void a_model_that_declines_or_says_nothing_abstains() {
        gateway.backend.script = "The sources do not contain this information.";
        assertThat(message(ask(question(""))).at("/grounding/reason").stringValue())
                .isEqualTo("declined");
        gateway.backend.script = "";
        JsonNode response = ask(question(""));
        assertThat(message(response).at("/grounding/reason").stringValue()).isEqualTo("empty_answer");
        assertThat(text(response)).isEqualTo("The documents don't say.");
    }

    @Test
    void without_a_check_the_answer_flows_and_says_so() {
        RAG.checks = false;
        gateway.backend.script = "Built in 1820, the mill is old. The wheel's buckets number forty [2].";
        JsonNode response = ask(question(""));
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
        gateway.backend.script = "Sure!";
        JsonNode response = ask(question(""));
        assertThat(text(response)).isEqualTo("Sure!");
        assertThat(message(response).at("/grounding/verdict").stringValue()).isEqualTo("unchecked");
        assertThat(message(response).at("/grounding/reason").stringValue()).isEqualTo("no_claim");
    }

    @Test
    void the_search_takes_openai_s_options() {
        gateway.backend.script = "The mill was built in 1820.";
        ask(BadInputTest.quoted(
                "{'model':'scripted','input':'When?','tool_choice':'required','tools':[{'type':'file_search',"
                        + "'vector_store_ids':['vs_mill'],'max_num_results':7,'ranking_options':{'ranker':'none','score_threshold':0.3},"
                        + "'filters':{'type':'and','filters':[{'type':'gte','key':'year','value':1820},{'type':'in','key':'kind',"
                        + "'value':['mill','dam']}]}}]}"));
        RetrieveRequest request = RAG.retrieves.element();
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
        gateway.backend.script = "The mill was built in 1820.";
        JsonNode response = ask(question(",'include':[]")
                .replace(
                        "\"When was the mill built?\"",
                        BadInputTest.quoted(
                                "[{'role':'user','content':'What is old?'},"
                                        + "{'role':'assistant','content':'The mill.'},{'role':'user','content':'Since when?'}]"))
                .replace("[\"vs_mill\"]", "[\"vs_mill\"],\"rewrite_query\":true"));
        assertThat(response.at("/output/0/queries/0").stringValue()).isEqualTo("Since when?");
        assertThat(response.at("/output/0/queries/1").stringValue()).isEqualTo("The mill was built in 1820.");
        assertThat(RAG.retrieves.element().getQuery()).isEqualTo("Since when?");
        assertThat(RAG.retrieves.element().getFurtherQueriesList()).containsExactly("The mill was built in 1820.");
        assertThat(gateway.backend.chats.element().getMessages(0).getContent(0).getText())
                .contains("user: What is old?\nassistant: The mill.")
                .endsWith("Last question: Since when?");
        assertThat(gateway.backend.requests).hasSize(2);
    }

    @Test
    void a_search_that_is_switched_off_is_none() {
        gateway.backend.script = "Anything goes.";
        JsonNode response = ask(question(",'tool_choice':'none'"));
        assertThat(response.at("/output")).hasSize(1);
        assertThat(RAG.retrieves).isEmpty();
        assertThat(text(response)).isEqualTo("Anything goes.");
    }

    @Test
    void another_s_vector_store_does_not_exist() {
        for (String stream : List.of("false", "true")) {
            JsonNode error = BadInputTest.error(
                    client.post(PATH, question(",'stream':" + stream).replace("vs_mill", "vs_other")), 404);
            assertThat(error.path("code").stringValue()).isEqualTo("vector_store_not_found");
        }
    }

    @Test
    void a_conversation_goes_on_from_the_response_before() {
        JsonNode first = ask(
                BadInputTest.quoted("{'model':'tiny','input':'Hi','instructions':'Be brief.','max_output_tokens':1}"));
        String id = first.at("/id").stringValue();
        ask(BadInputTest.quoted("{'model':'tiny','input':'And?','previous_response_id':'" + id + "'}"));
        List<ChatMessage> messages =
                gateway.backend.chats.stream().toList().getLast().getMessagesList();
        assertThat(messages.stream()
                        .map(message ->
                                message.getRole() + ":" + message.getContent(0).getText()))
                .as("instructions hold for one turn")
                .containsExactly("user:Hi", "assistant:w0", "user:And?");

        assertThat(Client.json(described("get", id, "", 200, RunningGateway.KEY)))
                .isEqualTo(first);
        JsonNode items = Client.json(described("get", id, "/input_items", 200, RunningGateway.KEY));
        assertThat(items.at("/data/0/content/0/text").stringValue()).isEqualTo("Hi");
        assertThat(items.at("/first_id")).isEqualTo(items.at("/data/0/id"));

        String strange = RunningGateway.TINY_ONLY_KEY;
        described("get", id, "", 404, strange);
        described("delete", id, "", 404, strange);
        described("get", id, "", 403, RunningGateway.ADMIN_KEY);
        JsonNode error = BadInputTest.error(
                client.send(client.withoutKey(PATH)
                        .header("Authorization", "Bearer " + strange)
                        .POST(BodyPublishers.ofString(BadInputTest.quoted(
                                "{'model':'tiny','input':'And?','previous_response_id':'" + id + "'}")))),
                404);
        assertThat(error.path("param").stringValue()).isEqualTo("previous_response_id");

        described("delete", id, "", 200, RunningGateway.KEY);
        described("get", id, "", 404, RunningGateway.KEY);
    }

    /** An answer that comes with a status, and fits the description. */
    private static HttpResponse<String> described(String method, String id, String below, int status, String key) {
        HttpRequest.Builder request = client.withoutKey(PATH + "/" + id + below)
                .header("Authorization", "Bearer " + key)
                .method(method.toUpperCase(Locale.ROOT), BodyPublishers.noBody());
        return description.ask(client, method + " " + PATH + "/{id}" + below, status, request);
    }

    @Test
    void what_is_not_to_be_stored_is_not() {
        JsonNode response = ask(BadInputTest.quoted("{'model':'tiny','input':'Hi','store':false}"));
        assertThat(response.at("/store").booleanValue()).isFalse();
        assertThat(client.get(PATH + "/" + response.at("/id").stringValue()).statusCode())
                .isEqualTo(404);
    }

    @Test
    void a_stream_that_breaks_off_ends_as_failed() {
        List<JsonNode> events = events(BadInputTest.quoted("{'model':'breaks','input':'Hi','stream':true}"));
        assertThat(type(events.getLast())).isEqualTo("response.failed");
        JsonNode response = events.getLast().at("/response");
        assertThat(response.at("/status").stringValue()).isEqualTo("failed");
        assertThat(response.at("/error/code").stringValue()).isEqualTo("server_error");
        assertThat(text(response)).isEqualTo("w0 w1 w2");
        assertThat(gateway.limits.open).hasValue(0);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            'input': 5                                          | input                 | a string or an array of items
            'input': []                                         | input                 | at least one
            'input': [{'type':'function_call_output'}]          | input[0].type         | function_call_output
            'input': [{'role':'user','content':[{'type':'input_image'}]}] | input[0].content[0].type | not supported yet
            'input': [{'role':'robot','content':'x'}]           | input[0].role         | was "robot"
            'input': 'x','tools': [{'type':'web_search'}]       | tools[0].type         | "web_search" is not supported yet
            'input': 'x','tools': [{'type':'file_search'}]      | tools[0].vector_store_ids | is missing
            'input': 'x','tools': [{'type':'file_search','vector_store_ids':[]}] | tools[0].vector_store_ids | is empty
            'input': 'x','tools': [{'type':'file_search','vector_store_ids':['a'],'max_num_results':51}] | tools[0].max_num_results | from 1 to 50, was 51
            'input': 'x','tools': [{'type':'file_search','vector_store_ids':['a'],'filters':{'type':'like'}}] | tools[0].filters.type | was "like"
            'input': 'x','tools': [{'type':'file_search','vector_store_ids':['a'],'depth':3}] | tools[0].depth | unrecognized
            'input': [{'role':'assistant','content':'x'}],'tools': [{'type':'file_search','vector_store_ids':['a']}] | input | its role was assistant
            'input': 'x','text': {'format':{'type':'json_schema'}} | text.format        | not supported yet
            'input': 'x','background': true                     | background            | not supported yet
            'input': 'x','truncation': 'auto'                   | truncation            | not supported yet
            'input': 'x','include': ['message.output_text.logprobs'] | include[0]       | not supported yet
            'input': 'x','max_output_tokens': 0                 | max_output_tokens     | 1 or more, was 0
            'input': 'x','previous_response_id': 'resp_none'    | previous_response_id  | resp_none
            'input': 'x','colour': 'red'                        | colour                | unrecognized
            """)
    void what_cannot_be_meant_or_done_is_refused_by_name(String fields, String param, String message) {
        HttpResponse<String> answer = client.post(PATH, BadInputTest.quoted("{'model':'tiny'," + fields + "}"));
        JsonNode error = BadInputTest.error(answer, param.equals("previous_response_id") ? 404 : 400);
        assertThat(error.path("param").stringValue()).isEqualTo(param);
        assertThat(error.path("message").stringValue()).contains(message);
        assertThat(gateway.limits.open).hasValue(0);
    }
}
