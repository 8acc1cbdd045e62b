package dev.millrace.rag;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.contracts.v1.AttributeComparison;
import dev.millrace.contracts.v1.AttributeFilter;
import dev.millrace.contracts.v1.AttributeValue;
import dev.millrace.contracts.v1.Batch;
import dev.millrace.contracts.v1.Collection;
import dev.millrace.contracts.v1.CreateBatchRequest;
import dev.millrace.contracts.v1.CreateCollectionRequest;
import dev.millrace.contracts.v1.Document;
import dev.millrace.contracts.v1.DocumentState;
import dev.millrace.contracts.v1.GetBatchRequest;
import dev.millrace.contracts.v1.GetCollectionRequest;
import dev.millrace.contracts.v1.GetDocumentRequest;
import dev.millrace.contracts.v1.ListCollectionsRequest;
import dev.millrace.contracts.v1.ListDocumentsRequest;
import dev.millrace.contracts.v1.ListDocumentsResponse;
import dev.millrace.contracts.v1.Metadata;
import dev.millrace.contracts.v1.Page;
import dev.millrace.contracts.v1.Passage;
import dev.millrace.contracts.v1.RankedDocument;
import dev.millrace.contracts.v1.RerankRequest;
import dev.millrace.contracts.v1.RetrieveRequest;
import dev.millrace.contracts.v1.UpdateCollectionRequest;
import dev.millrace.contracts.v1.UpdateDocumentRequest;
import dev.millrace.rag.ingest.Deletion;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** What vector stores have beyond taking documents in and finding them. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class VectorStoresTest {
    private RunningRag rag;

    @BeforeAll
    void start(@TempDir Path folder) throws Exception {
        rag = RunningRag.withLucene(folder);
    }

    @AfterAll
    void stop() throws Exception {
        rag.stop();
    }

    private static AttributeValue number(double value) {
        return AttributeValue.newBuilder().setNumber(value).build();
    }

    private List<Passage> of(String store, double year) {
        return rag.calls
                .retrieve(RetrieveRequest.newBuilder()
                        .setTenant("t")
                        .addCollectionIds(store)
                        .setQuery("how high is the wheel?")
                        .setFilter(AttributeFilter.newBuilder()
                                .setComparison(AttributeComparison.newBuilder()
                                        .setKey("year")
                                        .setOperator(AttributeComparison.Operator.EQ)
                                        .addValues(number(year))))
                        .build())
                .getPassagesList();
    }

    @Test
    void a_document_has_other_attributes_once_the_call_returns_and_after_a_restart() throws Exception {
        String store = rag.collection("t");
        String id = rag.ingest("t", store, "wheel.txt", "The wheel is five metres high.")
                .getId();
        rag.ended("t", store, id);
        assertThat(of(store, 1987)).isEmpty();
        UpdateDocumentRequest update = UpdateDocumentRequest.newBuilder()
                .setTenant("t")
                .setCollectionId(store)
                .setId(id)
                .putAttributes("year", number(1987))
                .build();
        Document updated = rag.calls.updateDocument(update);
        assertThat(updated.getState()).isEqualTo(DocumentState.DOCUMENT_STATE_COMPLETED);
        assertThat(updated.getAttributesMap()).isEqualTo(Map.of("year", number(1987)));
        assertThat(of(store, 1987)).singleElement().satisfies(passage -> {
            assertThat(passage.getText()).isEqualTo("The wheel is five metres high.");
            assertThat(passage.getAttributesMap()).isEqualTo(Map.of("year", number(1987)));
        });
        rag.restart();
        assertThat(of(store, 1987)).hasSize(1);
        assertThatThrownBy(() -> rag.calls.updateDocument(update.toBuilder()
                        .putAttributes("k".repeat(65), number(1))
                        .build()))
                .hasMessageStartingWith("INVALID_ARGUMENT: an attribute has a key of at most 64");
    }

    @Test
    void attributes_that_change_while_a_document_is_taken_in_are_those_that_it_has_in_the_end() throws Exception {
        String store = rag.collection("t");
        String id = rag.ingest("t", store, "long.txt", "The wheel is high. ".repeat(1_000))
                .getId();
        rag.calls.updateDocument(UpdateDocumentRequest.newBuilder()
                .setTenant("t")
                .setCollectionId(store)
                .setId(id)
                .putAttributes("year", number(2001))
                .build());
        assertThat(rag.ended("t", store, id).getState()).isEqualTo(DocumentState.DOCUMENT_STATE_COMPLETED);
        assertThat(of(store, 2001)).isNotEmpty();
    }

    @Test
    void a_documents_text_comes_back_once_though_its_chunks_overlap() throws Exception {
        String store = rag.collection("t");
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 300; i++) {
            text.append("Sentence number ").append(i).append(" speaks of mills. ");
        }
        String id = rag.ingest("t", store, "long.txt", text.toString()).getId();
        assertThat(rag.ended("t", store, id).getChunks()).isGreaterThan(2);
        List<String> pieces = rag.calls
                .getDocumentContent(GetDocumentRequest.newBuilder()
                        .setTenant("t")
                        .setCollectionId(store)
                        .setId(id)
                        .build())
                .getPiecesList();
        assertThat(pieces).hasSizeGreaterThan(2);
        assertThat(String.join("", pieces).replaceAll("\\s+", ""))
                .isEqualTo(text.toString().replaceAll("\\s+", ""));
    }

    @Test
    void what_a_cancelled_batch_had_in_progress_is_never_found() throws Exception {
        String store = rag.collection("t");
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            String text = "Mill " + i + " grinds corn. ";
            ids.add(rag.ingest("t", store, "mill" + i + ".txt", text.repeat(800))
                    .getId());
        }
        Batch batch = rag.calls.createBatch(CreateBatchRequest.newBuilder()
                .setTenant("t")
                .setCollectionId(store)
                .addAllDocumentIds(ids)
                .build());
        GetBatchRequest request = GetBatchRequest.newBuilder()
                .setTenant("t")
                .setCollectionId(store)
                .setId(batch.getId())
                .build();
        Batch cancelled = rag.calls.cancelBatch(request);
        assertThat(cancelled.getCancelled()).isTrue();
        assertThat(cancelled.getDocumentsCancelled()).isPositive();
        assertThat(cancelled.getDocumentsInProgress()).isZero();
        // what comes after it in the queue shows that the queue is through with it
        String last = rag.ingest("t", store, "last.txt", "The last mill.").getId();
        rag.ended("t", store, last);
        Batch after = rag.calls.getBatch(request);
        assertThat(after).isEqualTo(cancelled);
        ListDocumentsRequest.Builder list =
                ListDocumentsRequest.newBuilder().setTenant("t").setCollectionId(store);
        List<String> gone = rag
                .calls
                .listDocuments(list.setBatchId(batch.getId())
                        .setState(DocumentState.DOCUMENT_STATE_CANCELLED)
                        .build())
                .getDocumentsList()
                .stream()
                .map(Document::getId)
                .toList();
        assertThat(gone).hasSize((int) cancelled.getDocumentsCancelled());
        assertThat(rag.retrieve("t", store, "mill grinds corn"))
                .extracting(Passage::getDocumentId)
                .doesNotContainAnyElementsOf(gone);
    }

    @Test
    void lists_come_in_parts_in_both_directions() throws Exception {
        String store = rag.collection("t");
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            ids.add(rag.ingest("t", store, i + ".txt", "Mill " + i).getId());
        }
        assertThat(part(store, Page.newBuilder().setLimit(2)))
                .isEqualTo(new Part(List.of(ids.get(4), ids.get(3)), true));
        assertThat(part(store, Page.newBuilder().setLimit(2).setAfter(ids.get(1))))
                .isEqualTo(new Part(List.of(ids.get(0)), false));
        assertThat(part(store, Page.newBuilder().setLimit(2).setBefore(ids.get(1))))
                .isEqualTo(new Part(List.of(ids.get(3), ids.get(2)), true));
        assertThat(part(
                        store,
                        Page.newBuilder().setLimit(3).setOldestFirst(true).setAfter(ids.get(0))))
                .isEqualTo(new Part(ids.subList(1, 4), true));
        assertThatThrownBy(() -> part(store, Page.newBuilder().setAfter("file-none")))
                .hasMessageContaining("after must be the id of an element of this list, was \"file-none\"");
    }

    private record Part(List<String> ids, boolean hasMore) {}

    private Part part(String store, Page.Builder page) {
        ListDocumentsResponse answer = rag.calls.listDocuments(ListDocumentsRequest.newBuilder()
                .setTenant("t")
                .setCollectionId(store)
                .setPage(page)
                .build());
        return new Part(answer.getDocumentsList().stream().map(Document::getId).toList(), answer.getHasMore());
    }

    @Test
    void a_store_that_nobody_uses_expires_with_its_documents() throws Exception {
        Collection made = rag.calls.createCollection(CreateCollectionRequest.newBuilder()
                .setTenant("t")
                .setName("for a week")
                .putMetadata("team", "mills")
                .setExpiresAfterDays(7)
                .build());
        assertThat(made.getExpiresAtMillis() - made.getCreatedAtMillis())
                .isEqualTo(Duration.ofDays(7).toMillis());
        String id = rag.ingest("t", made.getId(), "a.txt", "The mill is old.").getId();
        rag.ended("t", made.getId(), id);
        Deletion deletion = rag.service.getBean(Deletion.class);
        deletion.expired();
        assertThat(rag.retrieve("t", made.getId(), "mill")).hasSize(1);

        try (Connection database = rag.connect();
                Statement statement = database.createStatement()) {
            statement.execute(
                    "update rag.collection set last_active_at = last_active_at - interval '8 days' where id = '"
                            + made.getId() + "'");
        }
        // at once, and not when it is next looked for
        assertThatThrownBy(() -> rag.retrieve("t", made.getId(), "mill"))
                .hasMessageStartingWith("FAILED_PRECONDITION")
                .hasMessageContaining("has expired");
        deletion.expired();
        Collection expired = rag.calls.getCollection(GetCollectionRequest.newBuilder()
                .setTenant("t")
                .setId(made.getId())
                .build());
        assertThat(expired.getExpired()).isTrue();
        assertThat(expired.getDocumentsCompleted()).isZero();
        assertThat(expired.getMetadataMap()).isEqualTo(Map.of("team", "mills"));
    }

    @Test
    void a_stores_name_metadata_and_expiry_can_change_each_alone() {
        String store = rag.collection("t");
        UpdateCollectionRequest.Builder update =
                UpdateCollectionRequest.newBuilder().setTenant("t").setId(store);
        Collection named =
                rag.calls.updateCollection(update.clone().setName("water mills").build());
        assertThat(named.getName()).isEqualTo("water mills");
        Collection tagged = rag.calls.updateCollection(update.clone()
                .setMetadata(Metadata.newBuilder().putEntries("a", "b"))
                .setExpiresAfterDays(3)
                .build());
        assertThat(tagged.getName()).isEqualTo("water mills");
        assertThat(tagged.getMetadataMap()).isEqualTo(Map.of("a", "b"));
        assertThat(tagged.getExpiresAfterDays()).isEqualTo(3);
        assertThat(rag.calls
                        .listCollections(ListCollectionsRequest.newBuilder()
                                .setTenant("t")
                                .setName("water mills")
                                .build())
                        .getCollectionsList())
                .containsExactly(tagged);
        assertThatThrownBy(() -> rag.calls.updateCollection(
                        update.clone().setExpiresAfterDays(366).build()))
                .hasMessageContaining("after 1 to 365 days, not after 366");
    }

    @Test
    void texts_are_ranked_by_how_well_they_answer_and_long_ones_by_their_best_part() {
        String filler = "Nothing much is said of anything here. ".repeat(200);
        List<RankedDocument> ranked = rag.calls
                .rerank(RerankRequest.newBuilder()
                        .setQuery("how does a water mill work?")
                        .addDocuments("Bananas are rich in potassium.")
                        .addDocuments(filler + "A water mill works by a wheel that water turns.")
                        .addDocuments("The stock market fell on Monday.")
                        .setTopN(2)
                        .build())
                .getResultsList();
        assertThat(ranked).hasSize(2);
        assertThat(ranked.getFirst().getIndex()).isEqualTo(1);
        assertThat(ranked.getFirst().getScore())
                .isGreaterThan(ranked.get(1).getScore())
                .isBetween(0.0, 1.0);
        assertThatThrownBy(() -> rag.calls.rerank(
                        RerankRequest.newBuilder().setQuery("q").build()))
                .hasMessageContaining("documents must be 1 to 1000, were 0");
    }
}
