package dev.millrace.rag;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.contracts.v1.AttributeValue;
import dev.millrace.contracts.v1.Collection;
import dev.millrace.contracts.v1.CreateCollectionRequest;
import dev.millrace.contracts.v1.DeleteCollectionRequest;
import dev.millrace.contracts.v1.DeleteDocumentRequest;
import dev.millrace.contracts.v1.Document;
import dev.millrace.contracts.v1.DocumentDescription;
import dev.millrace.contracts.v1.DocumentState;
import dev.millrace.contracts.v1.GetCollectionRequest;
import dev.millrace.contracts.v1.GetDocumentRequest;
import dev.millrace.contracts.v1.Passage;
import dev.millrace.contracts.v1.RagGrpc;
import dev.millrace.contracts.v1.ReEmbedding;
import dev.millrace.contracts.v1.UpdateCollectionRequest;
import dev.millrace.contracts.v1.UpdateDocumentRequest;
import dev.millrace.rag.catalogue.AdvisoryLock;
import dev.millrace.rag.catalogue.Catalogue;
import dev.millrace.rag.catalogue.DocumentCollection;
import dev.millrace.rag.catalogue.ReEmbeddingTable;
import dev.millrace.rag.embed.Precedence;
import dev.millrace.rag.index.IndexId;
import dev.millrace.testing.Eventually;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** A running service's vector stores get another embedding model, wherever their chunks lie. */
abstract class ReEmbeddingTest extends StoredDocumentsTest {
    private static final String OLD = "all-minilm-l6-v2";
    private static final String NEW = "bge-small-en-v1.5";
    /** Its tokens are others. */
    private static final String CHINESE = "bge-small-zh-v1.5";

    private static final String LONG_TEXT =
            "Unbelievably, the millwright's drawings of the overshot waterwheel survived. 水车每年春天检修一次。".repeat(60);

    private static final String QUESTION = "of what wood is the water wheel?";
    private static final Map<String, String> TEXTS = Map.of(
            "dam", "The dam is built of granite, and holds back the stream.",
            "mill", "The mill has three floors and a roof of slate.",
            "sail", "The sails of a windmill are of canvas on a frame of pine.",
            "stone", "The runner stone turns above the bed stone and grinds the corn.",
            "wheel", "The water wheel is of elm, with buckets of oak.");

    /** Whether an index of a store lies anywhere. */
    abstract boolean exists(IndexId index) throws Exception;

    private String store(String model) throws Exception {
        String store = rag.calls
                .createCollection(CreateCollectionRequest.newBuilder()
                        .setTenant("t")
                        .setModel(model)
                        .build())
                .getId();
        for (String id : new TreeMap<>(TEXTS).keySet()) {
            put(store, id, TEXTS.getOrDefault(id, ""));
        }
        return store;
    }

    private void put(String store, String id, String text) throws Exception {
        assertThat(takeIn(store, id, text).getChunks()).isEqualTo(1);
    }

    private Document takeIn(String store, String id, String text) throws Exception {
        rag.ingest(
                DocumentDescription.newBuilder()
                        .setTenant("t")
                        .setCollectionId(store)
                        .setDocumentId(id)
                        .setFilename(id + ".txt")
                        .build(),
                text.getBytes(StandardCharsets.UTF_8));
        Document document = rag.ended("t", store, id);
        assertThat(document.getState()).isEqualTo(DocumentState.DOCUMENT_STATE_COMPLETED);
        return document;
    }

    Collection ask(String store, String model) {
        return rag.calls.updateCollection(update(store, model));
    }

    private static UpdateCollectionRequest update(String store, String model) {
        return UpdateCollectionRequest.newBuilder()
                .setTenant("t")
                .setId(store)
                .setModel(model)
                .build();
    }

    static Collection shown(RagGrpc.RagBlockingStub calls, String store) {
        return calls.getCollection(
                GetCollectionRequest.newBuilder().setTenant("t").setId(store).build());
    }

    void awaitModel(String store, String model) throws Exception {
        Eventually.holds(
                store + " answers by " + model,
                RunningRag.LONG,
                () -> shown(rag.calls, store).getModel().equals(model));
    }

    private void awaitDeleted(IndexId index) throws Exception {
        Eventually.holds(index + " is deleted", RunningRag.LONG, () -> !exists(index));
    }

    private List<String> found(String store, String question) {
        return rag.retrieve("t", store, question).stream()
                .map(Passage::getDocumentId)
                .toList();
    }

    private List<String> text(String store, String id) {
        return rag.calls
                .getDocumentContent(GetDocumentRequest.newBuilder()
                        .setTenant("t")
                        .setCollectionId(store)
                        .setId(id)
                        .build())
                .getPiecesList();
    }

    /** As many batches as there are documents then take two seconds each. */
    private Precedence.Taken slow() {
        return rag.service.getBean(Precedence.class).take();
    }

    @Test
    void every_question_is_answered_by_one_model_or_by_the_other_and_by_the_new_one_from_the_swap_on()
            throws Exception {
        String store = store(OLD);
        double before = rag.retrieve("t", store, QUESTION).getFirst().getRelevance();
        AtomicBoolean asking = new AtomicBoolean(true);
        CompletableFuture<List<Double>> asked = CompletableFuture.supplyAsync(() -> {
            List<Double> changes = new ArrayList<>();
            while (asking.get()) {
                double relevance = rag.retrieve("t", store, QUESTION).getFirst().getRelevance();
                if (changes.isEmpty() || changes.getLast() != relevance) {
                    changes.add(relevance);
                }
            }
            return changes;
        });
        ReEmbedding begun = ask(store, NEW).getReEmbedding();
        assertThat(begun.getModel()).isEqualTo(NEW);
        assertThat(begun.getDocuments()).isEqualTo(TEXTS.size());
        awaitModel(store, NEW);
        assertThat(shown(rag.calls, store).hasReEmbedding()).isFalse();
        double after = rag.retrieve("t", store, QUESTION).getFirst().getRelevance();
        awaitDeleted(IndexId.first(store));
        asking.set(false);
        assertThat(asked.get(30, TimeUnit.SECONDS)).containsExactly(before, after);

        String made = store(NEW);
        assertThat(found(store, QUESTION)).isEqualTo(found(made, QUESTION));
        assertThat(after).isEqualTo(rag.retrieve("t", made, QUESTION).getFirst().getRelevance());
        for (String id : TEXTS.keySet()) {
            assertThat(text(store, id)).isEqualTo(text(made, id)).containsExactly(TEXTS.get(id));
        }
    }

    @Test
    void what_is_added_replaced_revised_or_deleted_meanwhile_is_so_before_and_after_the_swap() throws Exception {
        String store = store(OLD);
        try (Precedence.Taken _ = slow()) {
            ask(store, CHINESE);
            put(store, "pond", "The mill pond is home to carp.");
            put(store, "stone", "The runner stone came from France.");
            rag.calls.deleteDocument(DeleteDocumentRequest.newBuilder()
                    .setTenant("t")
                    .setCollectionId(store)
                    .setId("dam")
                    .build());
            rag.calls.updateDocument(UpdateDocumentRequest.newBuilder()
                    .setTenant("t")
                    .setCollectionId(store)
                    .setId("wheel")
                    .putAttributes(
                            "year", AttributeValue.newBuilder().setNumber(1880).build())
                    .build());
            holdsAllThatChanged(store);
            Collection during = shown(rag.calls, store);
            assertThat(during.getModel()).isEqualTo(OLD);
            assertThat(during.getReEmbedding().getDocumentsDone()).isLessThan(TEXTS.size());
        }
        awaitModel(store, CHINESE);
        // the old index is still there, and is deleted by whoever starts next
        assertThat(exists(IndexId.first(store))).isTrue();
        rag.restart();
        assertThat(shown(rag.calls, store).getModel()).isEqualTo(CHINESE);
        holdsAllThatChanged(store);
        // and what is taken in from now on is the new model's, too
        put(store, "weir", "The weir is of timber.");
        assertThat(found(store, "of what is the weir made?").getFirst()).isEqualTo("weir");
        rag.calls.deleteDocument(DeleteDocumentRequest.newBuilder()
                .setTenant("t")
                .setCollectionId(store)
                .setId("weir")
                .build());
        holdsAllThatChanged(store);
        awaitDeleted(IndexId.first(store));
    }

    private void holdsAllThatChanged(String store) {
        assertThat(found(store, "mill stone dam wheel sails pond weir"))
                .containsExactlyInAnyOrder("mill", "pond", "sail", "stone", "wheel");
        assertThat(text(store, "stone")).containsExactly("The runner stone came from France.");
        assertThat(found(store, "what fish live in the pond?").getFirst()).isEqualTo("pond");
        Passage wheel = rag.retrieve("t", store, QUESTION).getFirst();
        assertThat(wheel.getDocumentId()).isEqualTo("wheel");
        assertThat(wheel.getAttributesMap().get("year"))
                .isEqualTo(AttributeValue.newBuilder().setNumber(1880).build());
    }

    @Test
    void the_present_model_gives_the_other_up_and_leaves_nothing_of_it() throws Exception {
        String store = store(OLD);
        IndexId given = new IndexId(store, 1);
        try (Precedence.Taken _ = slow()) {
            ask(store, NEW);
            Eventually.holds(
                    "one is embedded",
                    RunningRag.LONG,
                    () -> shown(rag.calls, store).getReEmbedding().getDocumentsDone() > 0);
            assertThat(exists(given)).isTrue();
            // asking again changes nothing
            assertThat(ask(store, NEW).getReEmbedding().getDocumentsDone()).isPositive();
            assertThat(ask(store, OLD).hasReEmbedding()).isFalse();
        }
        awaitDeleted(given);
        assertThat(shown(rag.calls, store).getModel()).isEqualTo(OLD);
        assertThat(found(store, QUESTION).getFirst()).isEqualTo("wheel");
        ask(store, NEW);
        awaitModel(store, NEW);
        assertThat(found(store, QUESTION).getFirst()).isEqualTo("wheel");
    }

    private Document document(String store, String id) {
        return rag.calls.getDocument(GetDocumentRequest.newBuilder()
                .setTenant("t")
                .setCollectionId(store)
                .setId(id)
                .build());
    }

    private List<String> passages(String store) {
        return rag.retrieve("t", store, QUESTION).stream()
                .map(one -> one.getRelevance() + " " + one.getText())
                .toList();
    }

    @Test
    void a_model_of_other_tokens_has_the_chunks_that_ingestion_would_have_made_for_it() throws Exception {
        String store = store(OLD);
        String made = store(CHINESE);
        for (String one : List.of(store, made)) {
            takeIn(one, "long", LONG_TEXT);
        }
        int before = document(store, "long").getChunks();
        assertThat(document(made, "long").getChunks()).isGreaterThan(before);
        ask(store, CHINESE);
        awaitModel(store, CHINESE);
        assertThat(document(store, "long").getChunks())
                .isEqualTo(document(made, "long").getChunks());
        assertThat(passages(store)).isEqualTo(passages(made));
        for (String id : List.of("long", "wheel")) {
            assertThat(text(store, id)).isEqualTo(text(made, id));
            assertThat(document(store, id).getErrorCode()).isEmpty();
        }
        ask(store, OLD);
        awaitModel(store, OLD);
        assertThat(document(store, "long").getChunks()).isEqualTo(before);
    }

    @Test
    void a_document_that_can_not_be_read_again_is_found_by_the_text_that_it_had_and_says_why() throws Exception {
        String store = store(OLD);
        takeIn(store, "long", LONG_TEXT);
        Files.delete(rag.files(store).resolve(document(store, "wheel").getContentHash()));
        Files.writeString(
                rag.files(store).resolve(document(store, "long").getContentHash()), "%PDF-1.7 and then nothing");
        ask(store, CHINESE);
        awaitModel(store, CHINESE);
        assertThat(found(store, QUESTION)).contains("wheel");
        assertThat(String.join("", text(store, "long"))).isEqualTo(LONG_TEXT.strip());
        assertThat(List.of(document(store, "wheel"), document(store, "long"))).allSatisfy(document -> {
            assertThat(document.getState()).isEqualTo(DocumentState.DOCUMENT_STATE_COMPLETED);
            assertThat(document.getErrorCode()).isEqualTo("invalid_file");
            assertThat(document.getErrorMessage())
                    .startsWith("it could not be read again for the embedding model " + CHINESE);
        });
        assertThat(document(store, "wheel").getErrorMessage()).contains("the file store doesn't have");
        assertThat(document(store, "dam").getErrorCode()).isEmpty();

        // every token is in some vector: what was cut by the old model's tokens would be longer than the new one reads
        String made = store(CHINESE);
        takeIn(made, "long", LONG_TEXT);
        assertThat(document(store, "long").getChunks())
                .isEqualTo(document(made, "long").getChunks());
        // the same bytes again
        takeIn(store, "long", LONG_TEXT);
        assertThat(document(store, "long").getErrorCode()).isEmpty();
        assertThat(text(store, "long")).isEqualTo(text(made, "long"));
    }

    @Test
    void another_model_takes_the_place_of_the_one_under_way() throws Exception {
        String store = rag.collection("t");
        ReEmbeddingTable table = rag.service.getBean(Catalogue.class).reEmbeddings();
        // nobody works while the turn is another's
        try (AdvisoryLock.Held _ = turn(table)) {
            ask(store, NEW);
            table.request(store, "a third", Instant.now());
            DocumentCollection waits = table.first().orElseThrow();
            assertThat(waits.embedding().next()).hasValueSatisfying(next -> {
                assertThat(next.model()).isEqualTo("a third");
                assertThat(next.generation()).isEqualTo(2);
            });
            assertThat(table.dropped(Instant.now())).contains(new IndexId(store, 1));
            assertThat(table.swap(new IndexId(store, 1), Instant.now())).isFalse();
            assertThat(ask(store, NEW).getReEmbedding().getModel()).isEqualTo(NEW);
        }
        awaitModel(store, NEW);
    }

    private static AdvisoryLock.Held turn(ReEmbeddingTable table) throws Exception {
        List<AdvisoryLock.Held> held = new ArrayList<>();
        Eventually.holds("it is our turn", RunningRag.LONG, () -> {
            table.turn().ifPresent(held::add);
            return !held.isEmpty();
        });
        return held.getFirst();
    }

    @Test
    void a_store_that_is_deleted_meanwhile_leaves_no_index() throws Exception {
        String store = store(OLD);
        try (Precedence.Taken _ = slow()) {
            ask(store, NEW);
            Eventually.holds("it is begun", RunningRag.LONG, () -> exists(new IndexId(store, 1)));
            rag.calls.deleteCollection(DeleteCollectionRequest.newBuilder()
                    .setTenant("t")
                    .setId(store)
                    .build());
        }
        awaitDeleted(new IndexId(store, 1));
        awaitDeleted(IndexId.first(store));
    }

    @Test
    void an_unknown_model_is_refused_with_those_that_there_are_and_so_is_another_tenant() {
        String store = rag.collection("t");
        assertThatThrownBy(() -> ask(store, "none"))
                .hasMessage("INVALID_ARGUMENT: there is no embedding model \"none\"; there are " + OLD + ", " + NEW
                        + ", " + CHINESE);
        assertThatThrownBy(() -> rag.calls.updateCollection(
                        update(store, NEW).toBuilder().setTenant("other").build()))
                .hasMessageStartingWith("NOT_FOUND");
        assertThat(shown(rag.calls, store).hasReEmbedding()).isFalse();
    }
}
