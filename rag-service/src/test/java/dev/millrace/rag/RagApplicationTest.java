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
import dev.millrace.contracts.v1.CreateCollectionRequest;
import dev.millrace.contracts.v1.DeleteDocumentRequest;
import dev.millrace.contracts.v1.Document;
import dev.millrace.contracts.v1.DocumentDescription;
import dev.millrace.contracts.v1.IngestFilesRequest;
import dev.millrace.contracts.v1.IngestRequested;
import dev.millrace.contracts.v1.ListDocumentsRequest;
import dev.millrace.contracts.v1.RetrieveRequest;
import dev.millrace.contracts.v1.SentFile;
import dev.millrace.contracts.v1.Verdict;
import dev.millrace.rag.index.IndexId;
import dev.millrace.testing.Eventually;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;

/** The whole service with its real stores: PostgreSQL, a Kafka broker, Lucene, the parser's process and MiniLM. */
class RagApplicationTest extends ReEmbeddingTest {
    private Path folder = Path.of("");

    @Override
    RunningRag start(Path temporary) throws Exception {
        folder = temporary;
        return RunningRag.withLucene(temporary);
    }

    @Override
    boolean exists(IndexId index) {
        return Files.exists(folder.resolve("rag/indexes").resolve(index.key()));
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
            // of the same key, so what is taken in after it
            producer.send(new ProducerRecord<>(
                            "millrace.ingest.v1",
                            "doc-1",
                            request.toBuilder()
                                    .setRequestId("r4")
                                    .setDocumentId("doc-2")
                                    .setContent(ByteString.copyFromUtf8("Another mill stands by the lake."))
                                    .build()
                                    .toByteArray()))
                    .get();
            Eventually.holds(
                    "doc-2 is there", () -> !rag.retrieve("t", mills, "mill").isEmpty());
            rag.ended("t", mills, "doc-2");
            assertThat(rag.retrieve("t", mills, "mill"))
                    .singleElement()
                    .satisfies(passage -> assertThat(passage.getDocumentId()).isEqualTo("doc-2"));
        }
    }

    private static void send(KafkaProducer<String, byte[]> producer, IngestRequested request) throws Exception {
        producer.send(new ProducerRecord<>("millrace.ingest.v1", request.getDocumentId(), request.toByteArray()))
                .get();
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
                .hasMessageContaining("\"word2vec\"; there are all-minilm-l6-v2, bge-small-en-v1.5, bge-small-zh-v1.5");
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
