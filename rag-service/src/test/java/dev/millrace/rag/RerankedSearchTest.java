package dev.millrace.rag;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.contracts.v1.Passage;
import dev.millrace.contracts.v1.RankedDocument;
import dev.millrace.contracts.v1.Ranker;
import dev.millrace.contracts.v1.RerankRequest;
import dev.millrace.contracts.v1.RerankResponse;
import dev.millrace.contracts.v1.RetrieveRequest;
import dev.millrace.rag.embed.RerankerFolders;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;

/** A running service with a cross-encoder that knows that who, when and where ask for a name, a year and a place. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RerankedSearchTest {
    private static final String YEAR = "The bridge beside the mill was painted in 1804.";
    private static final String NAME = "The old mill was painted by John Carter.";
    private static final String PLACE = "The mill was painted near York.";
    private static final Map<String, String> ANSWERS = Map.of(
            "When was the mill painted?", YEAR, "Who painted the mill?", NAME, "Where was the mill painted?", PLACE);

    private RunningRag rag;
    private String store = "";

    @BeforeAll
    void start(@TempDir Path folder) throws Exception {
        rag = RunningRag.withLucene(folder, "--millrace.rag.reranker=" + RerankerFolders.bert());
        store = rag.collection("t");
        for (String text : List.of(YEAR, NAME, PLACE)) {
            rag.ended(
                    "t",
                    store,
                    rag.ingest("t", store, text.length() + ".txt", text).getId());
        }
    }

    @AfterAll
    void stop() throws Exception {
        rag.stop();
    }

    private RetrieveRequest.Builder asking(String question) {
        return RetrieveRequest.newBuilder()
                .setTenant("t")
                .addCollectionIds(store)
                .setQuery(question);
    }

    private List<Passage> found(RetrieveRequest.Builder request) {
        return rag.calls.retrieve(request.build()).getPassagesList();
    }

    @Test
    void what_answers_comes_first_whatever_relevance_says() {
        List<Boolean> sameOrder = new ArrayList<>();
        ANSWERS.forEach((question, answer) -> {
            List<Passage> found = found(asking(question));
            assertThat(found).hasSize(3);
            assertThat(found.getFirst().getText()).isEqualTo(answer);
            assertThat(found.getFirst().getScore()).isGreaterThan(0.9);
            assertThat(found.get(1).getScore()).isLessThan(0.5);
            Passage nearest = found.stream()
                    .max(Comparator.comparingDouble(Passage::getRelevance))
                    .orElseThrow();
            sameOrder.add(nearest.equals(found.getFirst()));
        });
        assertThat(sameOrder).contains(false);
    }

    @Test
    void the_threshold_is_of_its_score() {
        ANSWERS.forEach((question, answer) -> assertThat(found(asking(question).setMinScore(0.5)))
                .singleElement()
                .satisfies(passage -> assertThat(passage.getText()).isEqualTo(answer)));
    }

    @Test
    void without_a_ranker_it_is_not_asked() {
        ANSWERS.keySet().forEach(question -> {
            List<Passage> found = found(asking(question).setRanker(Ranker.RANKER_NONE));
            assertThat(found)
                    .hasSize(3)
                    .allSatisfy(passage -> assertThat(passage.getScore()).isGreaterThan(0.9));
        });
    }

    @Test
    void of_a_question_in_several_words_it_reads_the_first() {
        assertThat(found(asking("Who painted the mill?").addFurtherQueries("When was the mill painted?"))
                        .getFirst()
                        .getText())
                .isEqualTo(NAME);
    }

    private RerankResponse ranked(String model, String question, String... documents) {
        return rag.calls.rerank(RerankRequest.newBuilder()
                .setModel(model)
                .setQuery(question)
                .addAllDocuments(List.of(documents))
                .build());
    }

    @Test
    void texts_are_ranked_by_it_unless_an_embedding_model_is_named() {
        String question = "When was the mill painted?";
        RerankResponse byDefault = ranked("", question, NAME, PLACE, YEAR);
        assertThat(byDefault.getModel()).isEqualTo("bert");
        assertThat(byDefault.getResults(0).getIndex()).isEqualTo(2);
        assertThat(byDefault.getResults(0).getScore()).isGreaterThan(0.9);
        assertThat(ranked("bert", question, NAME, PLACE, YEAR)).isEqualTo(byDefault);
        RerankResponse byVectors = ranked("all-minilm-l6-v2", question, NAME, PLACE, YEAR);
        assertThat(byVectors.getModel()).isEqualTo("all-minilm-l6-v2");
        assertThat(byVectors.getResultsList().stream().map(RankedDocument::getScore))
                .isNotEqualTo(byDefault.getResultsList().stream()
                        .map(RankedDocument::getScore)
                        .toList());
        assertThatThrownBy(() -> ranked("gpt", question, NAME))
                .hasMessageContaining(
                        "there is no model \"gpt\" that ranks; there are all-minilm-l6-v2, bge-small-en-v1.5, bge-small-zh-v1.5, bert");
    }

    @Test
    void a_folder_that_is_not_there_fails_the_start(@TempDir Path folder) {
        SpringApplication application = RagApplication.create();
        application.setWebApplicationType(WebApplicationType.NONE);
        assertThatThrownBy(() -> application.run(
                        "--spring.grpc.server.port=0",
                        "--millrace.home=" + folder,
                        "--millrace.rag.reranker=" + folder.resolve("bge-reranker")))
                .rootCause()
                .hasMessageStartingWith("millrace.rag.reranker must be a folder with model.onnx")
                .hasMessageEndingWith("there is no folder " + folder.resolve("bge-reranker"));
    }
}
