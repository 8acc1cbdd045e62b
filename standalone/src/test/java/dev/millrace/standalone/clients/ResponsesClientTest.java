package dev.millrace.standalone.clients;

import static org.assertj.core.api.Assertions.assertThat;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.JsonValue;
import com.openai.helpers.ResponseAccumulator;
import com.openai.models.files.FileCreateParams;
import com.openai.models.files.FilePurpose;
import com.openai.models.responses.Response;
import com.openai.models.responses.ResponseCreateParams;
import com.openai.models.responses.ResponseFileSearchToolCall;
import com.openai.models.responses.ResponseIncludable;
import com.openai.models.responses.ResponseOutputMessage;
import com.openai.models.responses.ResponseOutputText;
import com.openai.models.responses.ResponseStreamEvent;
import com.openai.models.vectorstores.VectorStoreCreateParams;
import dev.millrace.standalone.Eventually;
import dev.millrace.standalone.TestPlatform;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** OpenAI's own client for the JVM, as it is, asks a real model about real documents. */
class ResponsesClientTest {
    private static final String QUESTION = "How much grease does the main bearing need?";

    private final TestPlatform platform = TestPlatform.running();
    private final OpenAIClient client = OpenAIOkHttpClient.builder()
            .baseUrl(platform.openaiUrl())
            .apiKey(platform.key())
            .maxRetries(0)
            .responseValidation(true)
            .build();

    private String file(Path folder, String name, String text) throws Exception {
        return client.files()
                .create(FileCreateParams.builder()
                        .purpose(FilePurpose.ASSISTANTS)
                        .file(Files.writeString(folder.resolve(name), text))
                        .build())
                .id();
    }

    /** The store of some files, once it has taken them in. */
    private String store(Map<String, String> files, Path folder) throws Exception {
        List<String> ids = new ArrayList<>();
        for (Map.Entry<String, String> file : files.entrySet()) {
            ids.add(file(folder, file.getKey(), file.getValue()));
        }
        String store = client.vectorStores()
                .create(VectorStoreCreateParams.builder().fileIds(ids).build())
                .id();
        Eventually.get(
                "the documents",
                () -> client.vectorStores().retrieve(store),
                taken -> taken.fileCounts().completed() == files.size());
        return store;
    }

    private ResponseCreateParams.Builder question(String store) {
        return ResponseCreateParams.builder()
                .model(platform.model())
                .input(QUESTION)
                .maxOutputTokens(48)
                .addFileSearchTool(List.of(store))
                .addInclude(ResponseIncludable.FILE_SEARCH_CALL_RESULTS);
    }

    private static ResponseOutputMessage message(Response response) {
        return response.output().getLast().message().orElseThrow();
    }

    private static ResponseOutputText text(Response response) {
        return message(response).content().getFirst().outputText().orElseThrow();
    }

    @Test
    void an_answer_cites_the_file_that_has_it_whole_and_streamed(@TempDir Path folder) throws Exception {
        String store = store(
                Map.of(
                        "bearing.txt", "The main bearing needs forty grams of grease a week.",
                        "history.txt", "The mill was built by Agnes Thorne in 1783.",
                        "wheel.txt", "The overshot wheel has thirty-two buckets of elm."),
                folder);

        Response whole = client.responses().create(question(store).build());
        ResponseFileSearchToolCall search =
                whole.output().getFirst().fileSearchCall().orElseThrow();
        assertThat(search.queries()).containsExactly(QUESTION);
        assertThat(search.results().orElseThrow().getFirst().filename()).contains("bearing.txt");
        assertThat(text(whole).text()).isNotBlank();
        assertThat(text(whole).annotations())
                .as(text(whole).text())
                .isNotEmpty()
                .allSatisfy(annotation -> assertThat(
                                annotation.fileCitation().orElseThrow().filename())
                        .isEqualTo("bearing.txt"));
        assertThat(extensions(message(whole))).containsKey("grounding");

        ResponseAccumulator accumulator = ResponseAccumulator.createWithSnapshots();
        List<ResponseStreamEvent> events;
        try (var stream = client.responses().createStreaming(question(store).build())) {
            events = stream.stream().map(accumulator::accumulate).toList();
        }
        assertThat(events.stream()
                        .anyMatch(event -> event.fileSearchCallCompleted().isPresent()))
                .isTrue();
        assertThat(text(accumulator.response())).isEqualTo(text(whole));
        assertThat(accumulator.reconstructedResponse().output())
                .as("the pieces make the whole")
                .isEqualTo(accumulator.response().output());
    }

    /** What its client has no name for. */
    @SuppressWarnings("deprecation") // there is no other way to read them
    private static Map<String, JsonValue> extensions(ResponseOutputMessage message) {
        return message._additionalProperties();
    }

    @Test
    void a_store_without_documents_says_nothing() {
        String store = client.vectorStores()
                .create(VectorStoreCreateParams.builder().name("empty").build())
                .id();
        Response response = client.responses().create(question(store).build());
        assertThat(text(response).text()).isEqualTo("The documents don't say.");
        assertThat(String.valueOf(extensions(message(response)).get("grounding")))
                .contains("no_relevant_passage");
    }

    @Test
    void a_conversation_goes_on_from_what_was_kept() {
        Response first = client.responses()
                .create(ResponseCreateParams.builder()
                        .model(platform.model())
                        .input("Name three colours.")
                        .temperature(0.0)
                        .maxOutputTokens(16)
                        .build());
        Response next = client.responses()
                .create(ResponseCreateParams.builder()
                        .model(platform.model())
                        .input("And three more.")
                        .previousResponseId(first.id())
                        .temperature(0.0)
                        .maxOutputTokens(16)
                        .build());
        assertThat(next.previousResponseId()).contains(first.id());
        assertThat(next.usage().orElseThrow().inputTokens())
                .isGreaterThan(first.usage().orElseThrow().totalTokens());
        assertThat(client.responses().retrieve(first.id()).output()).isEqualTo(first.output());
        client.responses().delete(first.id());
    }
}
