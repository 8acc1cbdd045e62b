package dev.millrace.rag;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contracts.v1.AttributeComparison;
import dev.millrace.contracts.v1.AttributeFilter;
import dev.millrace.contracts.v1.AttributeValue;
import dev.millrace.contracts.v1.DeleteCollectionRequest;
import dev.millrace.contracts.v1.DeleteDocumentRequest;
import dev.millrace.contracts.v1.Document;
import dev.millrace.contracts.v1.DocumentDescription;
import dev.millrace.contracts.v1.GetDocumentRequest;
import dev.millrace.contracts.v1.Passage;
import dev.millrace.contracts.v1.RetrieveRequest;
import dev.millrace.contracts.v1.UpdateDocumentRequest;
import dev.millrace.rag.index.IndexId;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The whole service with its chunks in a real PostgreSQL with pgvector. */
class PgvectorApplicationTest extends ReEmbeddingTest {
    private Path folder = Path.of("");

    @Override
    RunningRag start(Path temporary) throws Exception {
        folder = temporary;
        return RunningRag.withPgvector(temporary);
    }

    @Override
    boolean exists(IndexId index) throws Exception {
        return exists(chunks(index));
    }

    private static String chunks(IndexId index) {
        return "select table_name from information_schema.tables where table_schema = 'rag_index'"
                + " and table_name = (select 'chunk_' || number from rag_index.collection where id = '" + index.key()
                + "')";
    }

    private static AttributeValue number(double value) {
        return AttributeValue.newBuilder().setNumber(value).build();
    }

    private static DocumentDescription.Builder wheel(String store) {
        return DocumentDescription.newBuilder()
                .setTenant("t")
                .setCollectionId(store)
                .setDocumentId("wheel")
                .setFilename("wheel.txt");
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void what_one_replica_takes_in_changes_or_deletes_is_so_for_the_other_when_the_call_returns() throws Exception {
        String store = rag.collection("t");
        try (RunningRag.Replica other = rag.replica()) {
            Document wheel =
                    rag.ingest(wheel(store).putAttributes("year", number(1880)).build(), bytes("The wheel is of elm."));
            rag.ended("t", store, wheel.getId());
            List<Passage> found = RunningRag.retrieve(other.calls(), "t", store, "of what wood is the wheel?");
            assertThat(found)
                    .singleElement()
                    .satisfies(passage -> assertThat(passage.getText()).contains("elm"));
            // the score is the same probability as from Lucene: of an answer
            assertThat(found.getFirst().getRelevance()).isGreaterThan(0.5);

            rag.ended(
                    "t",
                    store,
                    rag.ingest(wheel(store).putAttributes("year", number(1880)).build(), bytes("The wheel is of oak."))
                            .getId());
            assertThat(RunningRag.retrieve(other.calls(), "t", store, "of what wood is the wheel?"))
                    .singleElement()
                    .satisfies(passage -> assertThat(passage.getText()).contains("oak"));
            assertThat(other.calls()
                            .getDocumentContent(GetDocumentRequest.newBuilder()
                                    .setTenant("t")
                                    .setCollectionId(store)
                                    .setId("wheel")
                                    .build())
                            .getPiecesList())
                    .containsExactly("The wheel is of oak.");

            assertThat(of(store, 1880)).hasSize(1);
            other.calls()
                    .updateDocument(UpdateDocumentRequest.newBuilder()
                            .setTenant("t")
                            .setCollectionId(store)
                            .setId("wheel")
                            .putAttributes("year", number(1881))
                            .build());
            assertThat(of(store, 1880)).isEmpty();
            assertThat(of(store, 1881)).hasSize(1);

            other.calls()
                    .deleteDocument(DeleteDocumentRequest.newBuilder()
                            .setTenant("t")
                            .setCollectionId(store)
                            .setId("wheel")
                            .build());
            assertThat(rag.retrieve("t", store, "of what wood is the wheel?")).isEmpty();
        }
    }

    @Test
    void all_replicas_answer_by_another_model_from_the_swap_on_whichever_of_them_embeds() throws Exception {
        String store = rag.collection("t");
        rag.ended(
                "t",
                store,
                rag.ingest(wheel(store).build(), bytes("The wheel is of elm.")).getId());
        try (RunningRag.Replica other = rag.replica()) {
            for (String model : List.of("bge-small-en-v1.5", "bge-small-zh-v1.5", "all-minilm-l6-v2")) {
                ask(store, model);
                awaitModel(store, model);
                assertThat(shown(other.calls(), store).getModel()).isEqualTo(model);
                Passage here =
                        rag.retrieve("t", store, "of what wood is the wheel?").getFirst();
                assertThat(RunningRag.retrieve(other.calls(), "t", store, "of what wood is the wheel?"))
                        .containsExactly(here);
            }
        }
    }

    private List<Passage> of(String store, double year) {
        return rag.calls
                .retrieve(RetrieveRequest.newBuilder()
                        .setTenant("t")
                        .addCollectionIds(store)
                        .setQuery("of what wood is the wheel?")
                        .setFilter(AttributeFilter.newBuilder()
                                .setComparison(AttributeComparison.newBuilder()
                                        .setKey("year")
                                        .setOperator(AttributeComparison.Operator.EQ)
                                        .addValues(number(year))))
                        .build())
                .getPassagesList();
    }

    @Test
    void a_deleted_store_leaves_nothing_in_the_database_and_none_an_index_on_disk() throws Exception {
        String store = rag.collection("t");
        rag.ended(
                "t", store, rag.ingest("t", store, "a.txt", "The mill is old.").getId());
        assertThat(exists(IndexId.first(store))).isTrue();
        rag.calls.deleteCollection(
                DeleteCollectionRequest.newBuilder().setTenant("t").setId(store).build());
        assertThat(exists(IndexId.first(store))).isFalse();
        assertThat(Files.exists(folder.resolve("rag/indexes"))).isFalse();
    }

    private boolean exists(String query) throws Exception {
        try (Connection connection = rag.connect();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(query)) {
            return rows.next();
        }
    }
}
