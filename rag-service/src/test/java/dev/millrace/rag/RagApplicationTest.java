package dev.millrace.rag;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.millrace.contracts.v1.AttributeComparison;
import dev.millrace.contracts.v1.AttributeFilter;
import dev.millrace.contracts.v1.AttributeValue;
import dev.millrace.contracts.v1.CheckRequest;
import dev.millrace.contracts.v1.CheckResponse;
import dev.millrace.contracts.v1.CheckedSentence;
import dev.millrace.contracts.v1.CreateBatchRequest;
import dev.millrace.contracts.v1.CreateCollectionRequest;
import dev.millrace.contracts.v1.DeleteCollectionRequest;
import dev.millrace.contracts.v1.DeleteDocumentRequest;
import dev.millrace.contracts.v1.Document;
import dev.millrace.contracts.v1.DocumentDescription;
import dev.millrace.contracts.v1.DocumentState;
import dev.millrace.contracts.v1.GetCollectionRequest;
import dev.millrace.contracts.v1.GetDocumentRequest;
import dev.millrace.contracts.v1.IngestFilesRequest;
import dev.millrace.contracts.v1.IngestRequested;
import dev.millrace.contracts.v1.ListCollectionsRequest;
import dev.millrace.contracts.v1.ListDocumentsRequest;
import dev.millrace.contracts.v1.Passage;
import dev.millrace.contracts.v1.RetrieveRequest;
import dev.millrace.contracts.v1.SentFile;
import dev.millrace.contracts.v1.UpdateCollectionRequest;
import dev.millrace.contracts.v1.UpdateDocumentRequest;
import dev.millrace.contracts.v1.Verdict;
import dev.millrace.testing.Eventually;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The whole service with its real stores: PostgreSQL, a Kafka broker, Lucene, the parser's process and MiniLM. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RagApplicationTest {
    private static final Duration LONG = Duration.ofSeconds(60);

    private RunningRag rag;

    @BeforeAll
    void start(@TempDir Path folder) throws Exception {
        rag = new RunningRag(folder);
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
    void a_document_that_is_sent_anew_while_nobody_can_take_it_in_stays_what_it_was() throws Exception {
        String mills = rag.collection("t");
        Document before = rag.ended(
                "t",
                mills,
                rag.ingest("t", mills, "wheel.txt", "The wheel is of elm.").getId());
        Document dam = rag.ended(
                "t",
                mills,
                rag.ingest("t", mills, "dam.txt", "The dam is of stone.").getId());
        rag.broker.stop();
        try {
            CompletableFuture<?> files =
                    CompletableFuture.supplyAsync(() -> rag.calls.ingestFiles(IngestFilesRequest.newBuilder()
                            .setTenant("t")
                            .setCollectionId(mills)
                            .addFiles(
                                    SentFile.newBuilder().setFileId(dam.getId()).setFilename("dam.txt"))
                            .addFiles(
                                    SentFile.newBuilder().setFileId("file-new").setFilename("new.txt"))
                            .build()));
            assertThatThrownBy(() -> rag.ingest(
                            DocumentDescription.newBuilder()
                                    .setTenant("t")
                                    .setCollectionId(mills)
                                    .setDocumentId(before.getId())
                                    .setFilename("oak.txt")
                                    .build(),
                            "The wheel is of oak.".getBytes(StandardCharsets.UTF_8)))
                    .hasMessageContaining("UNAVAILABLE");
            assertThatThrownBy(() -> files.get(60, TimeUnit.SECONDS)).hasMessageContaining("UNAVAILABLE");
        } finally {
            rag.broker.startAgain();
        }
        assertThat(rag.ended("t", mills, before.getId())).isEqualTo(before);
        assertThat(rag.calls
                        .listDocuments(ListDocumentsRequest.newBuilder()
                                .setTenant("t")
                                .setCollectionId(mills)
                                .build())
                        .getDocumentsList())
                .containsExactlyInAnyOrder(before, dam);
        assertThat(rag.retrieve("t", mills, "wheel").getFirst().getText()).contains("elm");
    }

    @Test
    void a_request_over_kafka_counts_once_however_often_it_comes() throws Exception {
        String mills = rag.collection("t");
        IngestRequested request = IngestRequested.newBuilder()
                .setRequestId("r1")
                .setTenant("t")
                .setCollectionId(mills)
                .setDocumentId("doc-1")
                .setFilename("a.txt")
                .putAttributes(
                        "year", AttributeValue.newBuilder().setNumber(1999).build())
                .setContent(ByteString.copyFromUtf8("The mill was built of stone."))
                .setRequestedAtMillis(1_000)
                .build();
        try (KafkaProducer<String, byte[]> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", rag.broker.address()), new StringSerializer(), new ByteArraySerializer())) {
            producer.send(new ProducerRecord<>("millrace.ingest.v1", "doc-1", new byte[] {1, 2, 3}))
                    .get();
            send(producer, request);
            send(producer, request);
            Eventually.holds(
                    "doc-1 is there",
                    LONG,
                    () -> !rag.retrieve("t", mills, "mill of stone").isEmpty());
            // a later request replaces it; the earlier one, come again, changes nothing
            send(
                    producer,
                    request.toBuilder()
                            .setRequestId("r2")
                            .setRequestedAtMillis(2_000)
                            .setContent(ByteString.copyFromUtf8("The mill was built of wood."))
                            .build());
            send(producer, request);
            Eventually.holds(
                    "doc-1 is replaced",
                    LONG,
                    () -> rag.retrieve("t", mills, "mill of wood")
                            .getFirst()
                            .getText()
                            .contains("wood"));
            assertThat(rag.ended("t", mills, "doc-1").getChunks()).isEqualTo(1);
            assertThat(rag.retrieve("t", mills, "mill of stone"))
                    .singleElement()
                    .satisfies(passage -> assertThat(passage.getText()).contains("wood"));
            rag.calls.deleteDocument(DeleteDocumentRequest.newBuilder()
                    .setTenant("t")
                    .setCollectionId(mills)
                    .setId("doc-1")
                    .build());
            send(
                    producer,
                    request.toBuilder()
                            .setRequestId("r3")
                            .setRequestedAtMillis(3_000)
                            .build());
            String last = rag.ingest("t", mills, "last.txt", "Another mill stands by the lake.")
                    .getId();
            rag.ended("t", mills, last);
            Thread.sleep(500);
            assertThat(rag.retrieve("t", mills, "mill"))
                    .singleElement()
                    .satisfies(passage -> assertThat(passage.getDocumentId()).isEqualTo(last));
        }
    }

    private static void send(KafkaProducer<String, byte[]> producer, IngestRequested request) throws Exception {
        producer.send(new ProducerRecord<>("millrace.ingest.v1", request.getDocumentId(), request.toByteArray()))
                .get();
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

    @Test
    void bad_input_is_refused_with_the_value_and_what_would_be_right() throws Exception {
        String mills = rag.collection("t");
        assertThatThrownBy(() -> rag.ingest("t", mills, "big.txt", "wheel ".repeat(20_000)))
                .hasMessageContaining("more than 102400 bytes");
        assertThatThrownBy(() -> rag.calls.createCollection(CreateCollectionRequest.newBuilder()
                        .setTenant("t")
                        .setModel("word2vec")
                        .build()))
                .hasMessageContaining("\"word2vec\"; there are all-minilm-l6-v2, bge-small-en-v1.5");
        assertThatThrownBy(() -> rag.calls.retrieve(RetrieveRequest.newBuilder()
                        .setTenant("t")
                        .addCollectionIds(mills)
                        .setQuery("q")
                        .setMaxResults(51)
                        .build()))
                .hasMessageContaining("1 to 50, was 51");
        assertThatThrownBy(() -> rag.calls.retrieve(RetrieveRequest.newBuilder()
                        .setTenant("t")
                        .addCollectionIds(mills)
                        .setQuery("q")
                        .setFilter(AttributeFilter.newBuilder()
                                .setComparison(AttributeComparison.newBuilder()
                                        .setKey("year")
                                        .setOperator(AttributeComparison.Operator.GT)
                                        .addValues(AttributeValue.newBuilder().setText("1999"))))
                        .build()))
                .hasMessageContaining("\"year\" can be more or less than a number alone");
    }

    @Test
    void the_check_says_of_each_sentence_whether_the_passages_support_it() {
        String text = "Sure, here is what I found. The old mill was built in 1804. The old mill was built in 1910.";
        CheckResponse checked = rag.calls.check(CheckRequest.newBuilder()
                .setText(text)
                .addPassages("Nothing to see here.")
                .addPassages("The old mill was built in 1804. It stands by the river.")
                .build());
        assertThat(checked.getSentencesList()).hasSize(2);
        CheckedSentence right = checked.getSentences(0);
        assertThat(text.substring(right.getStart(), right.getEnd())).isEqualTo("The old mill was built in 1804.");
        assertThat(right.getVerdict()).isEqualTo(Verdict.VERDICT_SUPPORTED);
        assertThat(right.getSource().getPassage()).isEqualTo(1);
        assertThat(right.getSource().getQuote()).isEqualTo("The old mill was built in 1804.");
        CheckedSentence wrong = checked.getSentences(1);
        assertThat(wrong.getVerdict()).isNotEqualTo(Verdict.VERDICT_SUPPORTED);
        assertThat(checked.getVerdict()).isEqualTo(wrong.getVerdict());
        assertThat(checked.getScore()).isEqualTo(wrong.getScore()).isLessThan(right.getScore());
    }
}
