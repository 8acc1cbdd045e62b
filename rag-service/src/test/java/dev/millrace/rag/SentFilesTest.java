package dev.millrace.rag;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.contracts.v1.Batch;
import dev.millrace.contracts.v1.CreateBatchRequest;
import dev.millrace.contracts.v1.Document;
import dev.millrace.contracts.v1.DocumentState;
import dev.millrace.contracts.v1.GetBatchRequest;
import dev.millrace.contracts.v1.GetDocumentRequest;
import dev.millrace.contracts.v1.IngestFilesRequest;
import dev.millrace.contracts.v1.Passage;
import dev.millrace.contracts.v1.SentFile;
import dev.millrace.rag.catalogue.Catalogue;
import dev.millrace.rag.catalogue.StoredDocument;
import dev.millrace.rag.ingest.IngestJob;
import dev.millrace.rag.ingest.Ingestion;
import dev.millrace.testing.Eventually;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Documents that are made of what users sent to the gateway, whose folder the service reads. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SentFilesTest {
    private static final String GONE = "the file was deleted before it was taken in";

    private RunningRag rag;
    private Path home;
    private Path sent;

    @BeforeAll
    void start(@TempDir Path folder) throws Exception {
        home = folder;
        sent = Files.createDirectory(folder.resolve("files"));
        rag = RunningRag.withLucene(folder);
    }

    @AfterAll
    void stop() throws Exception {
        rag.stop();
    }

    private String file(String id, String text) throws IOException {
        Files.writeString(sent.resolve(id), text);
        return id;
    }

    private List<Document> take(String store, String... files) {
        IngestFilesRequest.Builder request =
                IngestFilesRequest.newBuilder().setTenant("t").setCollectionId(store);
        for (String file : files) {
            request.addFiles(SentFile.newBuilder().setFileId(file).setFilename(file + ".txt"));
        }
        return rag.calls.ingestFiles(request.build()).getDocumentsList();
    }

    private Batch batch(String store, String... files) {
        return rag.calls.createBatch(CreateBatchRequest.newBuilder()
                .setTenant("t")
                .setCollectionId(store)
                .addAllDocumentIds(Arrays.asList(files))
                .build());
    }

    private Document document(String store, String id) {
        return rag.calls.getDocument(GetDocumentRequest.newBuilder()
                .setTenant("t")
                .setCollectionId(store)
                .setId(id)
                .build());
    }

    private List<String> kept(String store) throws IOException {
        try (Stream<Path> files = Files.list(home.resolve("rag/files").resolve(store))) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }

    @Test
    void files_are_answered_for_before_their_bytes_are_read() throws Exception {
        String store = rag.collection("t");
        try (SlowFile slow = new SlowFile(sent.resolve("file-slow"))) {
            List<Document> noted = take(store, "file-slow", file("file-quick", "The wheel is of oak."));
            assertThat(noted).extracting(Document::getId).containsExactly("file-slow", "file-quick");
            assertThat(noted.getFirst().getState()).isEqualTo(DocumentState.DOCUMENT_STATE_IN_PROGRESS);
            assertThat(noted.getFirst().getContentHash()).isEmpty();
            Batch batch = batch(store, "file-slow", "file-quick");
            assertThat(batch.getDocumentsInProgress()).isPositive();
            assertThat(batch.getDocumentsInProgress() + batch.getDocumentsCompleted())
                    .isEqualTo(2);
            slow.write("The dam is of stone.");
        }
        assertThat(rag.ended("t", store, "file-slow")).satisfies(document -> {
            assertThat(document.getState()).isEqualTo(DocumentState.DOCUMENT_STATE_COMPLETED);
            assertThat(document.getBytes()).isEqualTo(20);
            assertThat(kept(store)).contains(document.getContentHash());
        });
        rag.ended("t", store, "file-quick");
        assertThat(rag.retrieve("t", store, "what is the dam made of?").getFirst())
                .extracting(Passage::getDocumentId, Passage::getText)
                .containsExactly("file-slow", "The dam is of stone.");
        assertThat(rag.retrieve("t", store, "wheel")).hasSize(2);
    }

    @Test
    void a_file_that_is_deleted_or_too_large_fails_alone() throws Exception {
        String store = rag.collection("t");
        try (SlowFile slow = new SlowFile(sent.resolve("file-first"))) {
            take(store, "file-first");
            slow.awaitReader();
            take(
                    store,
                    file("file-gone", "Nobody reads this."),
                    file("file-large", "wheel ".repeat(20_000)),
                    file("file-stays", "The millstone is of basalt."));
            Files.delete(sent.resolve("file-gone"));
            slow.write("The mill stands by the river.");
        }
        assertThat(rag.ended("t", store, "file-gone"))
                .extracting(Document::getState, Document::getErrorCode, Document::getErrorMessage)
                .containsExactly(DocumentState.DOCUMENT_STATE_FAILED, "invalid_file", GONE);
        assertThat(rag.ended("t", store, "file-large"))
                .extracting(Document::getState, Document::getErrorCode, Document::getErrorMessage)
                .containsExactly(
                        DocumentState.DOCUMENT_STATE_FAILED,
                        "too_large",
                        "the file has more than 102400 bytes, which is the limit");
        for (String id : List.of("file-first", "file-stays")) {
            assertThat(rag.ended("t", store, id).getState()).isEqualTo(DocumentState.DOCUMENT_STATE_COMPLETED);
        }
        assertThat(kept(store)).hasSize(2);
    }

    @Test
    void of_a_cancelled_batch_nothing_stays_that_was_still_to_be_read() throws Exception {
        String store = rag.collection("t");
        try (SlowFile slow = new SlowFile(sent.resolve("file-half"))) {
            take(store, "file-half");
            slow.awaitReader();
            take(store, file("file-waits", "The flume leaks."));
            slow.write("The sluice ");
            Batch cancelled = rag.calls.cancelBatch(GetBatchRequest.newBuilder()
                    .setTenant("t")
                    .setCollectionId(store)
                    .setId(batch(store, "file-half", "file-waits").getId())
                    .build());
            assertThat(cancelled.getDocumentsCancelled()).isEqualTo(2);
            slow.write("is open.");
        }
        // a document of its own partition shows that the queue is through with it
        take(store, file("file-last", "The last mill."));
        rag.ended("t", store, "file-last");
        Eventually.holds(
                "only the last one's bytes are there",
                RunningRag.LONG,
                () -> kept(store).equals(List.of(document(store, "file-last").getContentHash())));
        for (String id : List.of("file-half", "file-waits")) {
            assertThat(document(store, id).getState()).isEqualTo(DocumentState.DOCUMENT_STATE_CANCELLED);
        }
        assertThat(rag.retrieve("t", store, "sluice flume mill")).hasSize(1);
    }

    @Test
    void a_request_that_comes_again_does_not_need_its_file_any_more() throws Exception {
        String store = rag.collection("t");
        take(store, file("file-once", "The axle is of iron."));
        Document before = rag.ended("t", store, "file-once");
        Files.delete(sent.resolve("file-once"));
        StoredDocument noted = rag.service
                .getBean(Catalogue.class)
                .documents()
                .find(store, "file-once")
                .orElseThrow();
        Ingestion ingestion = rag.service.getBean(Ingestion.class);
        ingestion.carryOut(job(noted, noted.requestId()));
        assertThat(document(store, "file-once")).isEqualTo(before);
        assertThat(rag.retrieve("t", store, "axle")).hasSize(1);
        // one that asks anew does
        ingestion.carryOut(job(noted, "ingest_anew"));
        assertThat(document(store, "file-once").getErrorMessage()).isEqualTo(GONE);
        assertThat(rag.retrieve("t", store, "axle")).isEmpty();
    }

    private static IngestJob job(StoredDocument noted, String requestId) {
        return new IngestJob(
                requestId,
                "t",
                noted.collection(),
                noted.id(),
                noted.filename(),
                noted.attributes(),
                noted.chunking(),
                new IngestJob.Content.Sent(),
                noted.requestedAt());
    }

    @Test
    void files_that_cannot_be_meant_are_refused_and_none_of_them_is_noted() throws Exception {
        String store = rag.collection("t");
        assertThatThrownBy(() -> take(store)).hasMessageContaining("files must be 1 to 2000, were 0");
        assertThatThrownBy(() -> take(store, file("file-good", "A mill."), "../keys"))
                .hasMessageContaining("file \"../keys\": document_id must have 1 to 100 letters, digits, - and _");
        assertThatThrownBy(() -> document(store, "file-good")).hasMessageStartingWith("NOT_FOUND");
        assertThatThrownBy(() -> take("vs_none", "file-good")).hasMessageStartingWith("NOT_FOUND");
    }
}
