package dev.millrace.rag;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.contracts.v1.CreateBatchRequest;
import dev.millrace.contracts.v1.DeleteCollectionRequest;
import dev.millrace.contracts.v1.DeleteDocumentRequest;
import dev.millrace.contracts.v1.Document;
import dev.millrace.contracts.v1.DocumentState;
import dev.millrace.contracts.v1.GetCollectionRequest;
import dev.millrace.contracts.v1.GetDocumentRequest;
import dev.millrace.contracts.v1.ListCollectionsRequest;
import dev.millrace.contracts.v1.ListDocumentsRequest;
import dev.millrace.contracts.v1.Passage;
import dev.millrace.contracts.v1.RetrieveRequest;
import dev.millrace.contracts.v1.UpdateCollectionRequest;
import dev.millrace.contracts.v1.UpdateDocumentRequest;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** What a running service does with documents, wherever their chunks lie. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class StoredDocumentsTest {
    RunningRag rag;

    abstract RunningRag start(Path folder) throws Exception;

    @BeforeAll
    void startFirst(@TempDir Path folder) throws Exception {
        rag = start(folder);
    }

    @AfterAll
    void stop() throws Exception {
        rag.stop();
    }

    @Test
    void documents_are_taken_in_found_kept_over_a_restart_and_gone_once_deleted() throws Exception {
        String mills = rag.collection("t");
        String wheel = rag.ingest(
                        "t", mills, "wheel.md", "# Wheels\n\nAn overshot wheel is fed from above. It is efficient.\n")
                .getId();
        String chinese =
                rag.ingest("t", mills, "水车.txt", "水车是一种由水推动的机械。它用来灌溉农田。").getId();
        Document broken = rag.ingest("t", mills, "broken.pdf", "%PDF-1.7 and then nothing");
        assertThat(broken.getState()).isEqualTo(DocumentState.DOCUMENT_STATE_IN_PROGRESS);

        assertThat(rag.ended("t", mills, wheel).getChunks()).isEqualTo(1);
        assertThat(rag.ended("t", mills, chinese).getState()).isEqualTo(DocumentState.DOCUMENT_STATE_COMPLETED);
        assertThat(rag.ended("t", mills, broken.getId())).satisfies(document -> {
            assertThat(document.getState()).isEqualTo(DocumentState.DOCUMENT_STATE_FAILED);
            assertThat(document.getErrorCode()).isEqualTo("invalid_file");
            assertThat(document.getErrorMessage()).startsWith("the file can't be read");
        });
        rag.restart();

        Passage passage =
                rag.retrieve("t", mills, "which wheel is fed from above?").getFirst();
        assertThat(passage.getDocumentId()).isEqualTo(wheel);
        assertThat(passage.getHeading()).isEqualTo("Wheels");
        assertThat(passage.getText()).contains("An overshot wheel is fed from above.");
        assertThat(rag.retrieve("t", mills, "水车 灌溉").getFirst().getDocumentId()).isEqualTo(chinese);

        rag.calls.deleteDocument(DeleteDocumentRequest.newBuilder()
                .setTenant("t")
                .setCollectionId(mills)
                .setId(wheel)
                .build());
        assertThat(rag.retrieve("t", mills, "which wheel is fed from above?"))
                .noneSatisfy(left -> assertThat(left.getDocumentId()).isEqualTo(wheel));
        rag.calls.deleteCollection(
                DeleteCollectionRequest.newBuilder().setTenant("t").setId(mills).build());
        assertThatThrownBy(() -> rag.retrieve("t", mills, "wheels")).hasMessageStartingWith("NOT_FOUND");
    }

    @Test
    void another_tenant_reaches_nothing_by_any_call() throws Exception {
        String mine = rag.collection("mine");
        String theirs = rag.collection("theirs");
        String secret = rag.ingest("mine", mine, "secret.txt", "The treasure lies under the mill.")
                .getId();
        rag.ended("mine", mine, secret);
        List<org.assertj.core.api.ThrowableAssert.ThrowingCallable> tries = List.of(
                () -> rag.retrieve("theirs", mine, "treasure"),
                () -> rag.calls.getCollection(GetCollectionRequest.newBuilder()
                        .setTenant("theirs")
                        .setId(mine)
                        .build()),
                () -> rag.calls.getDocument(GetDocumentRequest.newBuilder()
                        .setTenant("theirs")
                        .setCollectionId(mine)
                        .setId(secret)
                        .build()),
                () -> rag.calls.getDocument(GetDocumentRequest.newBuilder()
                        .setTenant("theirs")
                        .setCollectionId(theirs)
                        .setId(secret)
                        .build()),
                () -> rag.calls.listDocuments(ListDocumentsRequest.newBuilder()
                        .setTenant("theirs")
                        .setCollectionId(mine)
                        .build()),
                () -> rag.calls.getDocumentContent(GetDocumentRequest.newBuilder()
                        .setTenant("theirs")
                        .setCollectionId(mine)
                        .setId(secret)
                        .build()),
                () -> rag.calls.updateDocument(UpdateDocumentRequest.newBuilder()
                        .setTenant("theirs")
                        .setCollectionId(mine)
                        .setId(secret)
                        .build()),
                () -> rag.calls.updateCollection(UpdateCollectionRequest.newBuilder()
                        .setTenant("theirs")
                        .setId(mine)
                        .setName("theirs now")
                        .build()),
                () -> rag.calls.createBatch(CreateBatchRequest.newBuilder()
                        .setTenant("theirs")
                        .setCollectionId(theirs)
                        .addDocumentIds(secret)
                        .build()),
                () -> rag.calls.deleteDocument(DeleteDocumentRequest.newBuilder()
                        .setTenant("theirs")
                        .setCollectionId(mine)
                        .setId(secret)
                        .build()),
                () -> rag.calls.deleteCollection(DeleteCollectionRequest.newBuilder()
                        .setTenant("theirs")
                        .setId(mine)
                        .build()),
                () -> rag.calls.retrieve(RetrieveRequest.newBuilder()
                        .setTenant("theirs")
                        .addCollectionIds(theirs)
                        .addCollectionIds(mine)
                        .setQuery("treasure")
                        .build()));
        tries.forEach(one -> assertThatThrownBy(one).hasMessageStartingWith("NOT_FOUND"));
        assertThatThrownBy(() -> rag.ingest("theirs", mine, "a.txt", "x")).hasMessageContaining("NOT_FOUND");
        assertThatThrownBy(() -> rag.retrieve("", mine, "treasure")).hasMessageStartingWith("INVALID_ARGUMENT");
        assertThat(rag.retrieve("theirs", theirs, "treasure under the mill")).isEmpty();
        assertThat(rag.calls
                        .listCollections(ListCollectionsRequest.newBuilder()
                                .setTenant("theirs")
                                .build())
                        .getCollectionsList())
                .singleElement()
                .satisfies(one -> assertThat(one.getId()).isEqualTo(theirs));
        assertThat(rag.retrieve("mine", mine, "treasure")).hasSize(1);
    }
}
