package dev.millrace.rag;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.millrace.contracts.v1.Collection;
import dev.millrace.contracts.v1.CreateCollectionRequest;
import dev.millrace.contracts.v1.Document;
import dev.millrace.contracts.v1.DocumentDescription;
import dev.millrace.contracts.v1.DocumentState;
import dev.millrace.contracts.v1.GetCollectionRequest;
import dev.millrace.contracts.v1.GetDocumentRequest;
import dev.millrace.contracts.v1.IngestFilesRequest;
import dev.millrace.contracts.v1.IngestRequest;
import dev.millrace.contracts.v1.ListCollectionsRequest;
import dev.millrace.contracts.v1.ListDocumentsRequest;
import dev.millrace.contracts.v1.RagGrpc;
import dev.millrace.contracts.v1.RetrieveRequest;
import dev.millrace.contracts.v1.SentFile;
import dev.millrace.contracts.v1.UpdateCollectionRequest;
import dev.millrace.testing.Eventually;
import dev.millrace.testing.Ports;
import dev.millrace.testing.TestBroker;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The service as a process of its own, killed in the middle of its work. */
class KilledServiceTest {
    private static final Duration LONG = Duration.ofMinutes(2);
    private static final int DOCUMENTS = 4;
    private static final int SHORT = 5_000;
    private Path folder;
    private String index = "";
    private String jdbcUrl = "";
    private Optional<EmbeddedPostgres> postgres = Optional.empty();
    private TestBroker broker;
    private int port;
    private Optional<Process> process = Optional.empty();
    private ManagedChannel channel;
    private RagGrpc.RagBlockingStub rag;

    @BeforeEach
    void startBroker(@TempDir Path temporary) throws Exception {
        folder = temporary;
        broker = new TestBroker(Files.createDirectory(folder.resolve("kafka")));
        port = Ports.free();
        channel = Grpc.newChannelBuilder("127.0.0.1:" + port, InsecureChannelCredentials.create())
                .build();
        rag = RagGrpc.newBlockingStub(channel);
    }

    private void start(String kind) throws Exception {
        index = kind;
        if (kind.equals("pgvector")) {
            jdbcUrl = PgvectorServer.newDatabase();
        } else {
            EmbeddedPostgres own = EmbeddedPostgres.builder().start();
            postgres = Optional.of(own);
            jdbcUrl = own.getJdbcUrl("postgres", "postgres");
        }
        startService();
    }

    @AfterEach
    void stopAll() throws Exception {
        channel.shutdownNow();
        kill();
        broker.close();
        if (postgres.isPresent()) {
            postgres.get().close();
        }
    }

    private void startService() throws Exception {
        process = Optional.of(new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-XX:TieredStopAtLevel=1",
                        // a library that ONNX Runtime unpacks is left by a process that is killed
                        "-Djava.io.tmpdir=" + folder,
                        "-cp",
                        System.getProperty("java.class.path"),
                        RagApplication.class.getName(),
                        "--spring.main.web-application-type=none",
                        "--spring.grpc.server.address=127.0.0.1",
                        "--spring.grpc.server.port=" + port,
                        "--spring.datasource.url=" + jdbcUrl,
                        "--spring.datasource.username=postgres",
                        "--spring.kafka.bootstrap-servers=" + broker.address(),
                        // how long the broker waits for one that was killed before another may go on
                        "--spring.kafka.properties.session.timeout.ms=8000",
                        "--millrace.home=" + folder,
                        "--millrace.rag.index=" + index,
                        "--millrace.rag.model=all-minilm-l6-v2",
                        "--millrace.rag.threads=1")
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        folder.resolve("service.log").toFile()))
                .start());
        Eventually.holds("the service answers", LONG, this::answers);
    }

    private void kill() throws InterruptedException {
        if (process.isPresent()) {
            process.get().destroyForcibly().waitFor();
        }
    }

    private boolean answers() throws IOException {
        if (!process.orElseThrow().isAlive()) {
            throw new AssertionError(Files.readString(folder.resolve("service.log")));
        }
        try {
            rag.listCollections(
                    ListCollectionsRequest.newBuilder().setTenant("t").build());
            return true;
        } catch (StatusRuntimeException notYet) {
            return false;
        }
    }

    private String collection() {
        return rag.createCollection(
                        CreateCollectionRequest.newBuilder().setTenant("t").build())
                .getId();
    }

    private static String text(int document) {
        return "Mill %d stands by the water and grinds its corn day after day. "
                .formatted(document)
                .repeat(300);
    }

    private void ingest(String collection, int document, String text) throws Exception {
        CompletableFuture<Document> taken = new CompletableFuture<>();
        StreamObserver<IngestRequest> upload = RagGrpc.newStub(channel).ingest(new StreamObserver<>() {
            @Override
            public void onNext(Document answer) {
                taken.complete(answer);
            }

            @Override
            public void onError(Throwable failure) {
                taken.completeExceptionally(failure);
            }

            @Override
            public void onCompleted() {}
        });
        upload.onNext(IngestRequest.newBuilder()
                .setDescription(DocumentDescription.newBuilder()
                        .setTenant("t")
                        .setCollectionId(collection)
                        .setDocumentId("mill-" + document)
                        .setFilename("mill" + document + ".txt"))
                .build());
        upload.onNext(IngestRequest.newBuilder()
                .setContent(ByteString.copyFrom(text, StandardCharsets.UTF_8))
                .build());
        upload.onCompleted();
        taken.get(60, TimeUnit.SECONDS);
    }

    private void takeFiles(String collection, int... documents) {
        IngestFilesRequest.Builder request =
                IngestFilesRequest.newBuilder().setTenant("t").setCollectionId(collection);
        for (int document : documents) {
            request.addFiles(
                    SentFile.newBuilder().setFileId("mill-" + document).setFilename("mill" + document + ".txt"));
        }
        assertThat(rag.ingestFiles(request.build()).getDocumentsList())
                .extracting(Document::getState)
                .containsOnly(DocumentState.DOCUMENT_STATE_IN_PROGRESS);
    }

    private List<Document> documents(String collection) {
        return rag.listDocuments(ListDocumentsRequest.newBuilder()
                        .setTenant("t")
                        .setCollectionId(collection)
                        .build())
                .getDocumentsList();
    }

    private long completed(String collection) {
        return documents(collection).stream()
                .filter(one -> one.getState() == DocumentState.DOCUMENT_STATE_COMPLETED)
                .count();
    }

    /** What the index has of each document: how many chunks, and all of its text. */
    private Map<String, String> contents(String collection) {
        return documents(collection).stream()
                .collect(Collectors.toMap(
                        Document::getId,
                        one -> one.getChunks() + ": "
                                + String.join(
                                        "",
                                        rag.getDocumentContent(GetDocumentRequest.newBuilder()
                                                        .setTenant("t")
                                                        .setCollectionId(collection)
                                                        .setId(one.getId())
                                                        .build())
                                                .getPiecesList()),
                        (a, b) -> a + " and " + b,
                        TreeMap::new));
    }

    @Test
    void a_service_that_is_killed_while_it_takes_documents_in_ends_with_the_index_of_one_that_is_not()
            throws Exception {
        start("lucene");
        String killed = collection();
        ingest(killed, 0, text(0));
        ingest(killed, 1, text(1));
        Eventually.holds("the first is taken in", LONG, () -> completed(killed) > 0);
        Path sent = Files.createDirectory(folder.resolve("files"));
        Files.writeString(sent.resolve("mill-3"), text(3));
        SlowFile slow = new SlowFile(sent.resolve("mill-2"));
        takeFiles(killed, 2, 3);
        slow.write(text(2).substring(0, 1_000));
        Eventually.holds("a part has come", LONG, () -> hasPart(killed));
        kill();
        slow.close();
        Files.delete(sent.resolve("mill-2"));
        Files.writeString(sent.resolve("mill-2"), text(2));
        startService();
        // the rest is asked for again by nobody but the service itself
        Eventually.holds("all are taken in", LONG, () -> completed(killed) == DOCUMENTS);
        assertThat(hasPart(killed)).isFalse();

        String whole = collection();
        for (int i = 0; i < DOCUMENTS; i++) {
            ingest(whole, i, text(i));
        }
        Eventually.holds("all are taken in", LONG, () -> completed(whole) == DOCUMENTS);
        assertThat(contents(killed)).isEqualTo(contents(whole)).hasSize(DOCUMENTS);
        assertThat(contents(killed).get("mill-2")).contains("Mill 2 stands by the water");
    }

    private boolean hasPart(String collection) throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve("rag/files").resolve(collection))) {
            return files.anyMatch(file -> file.toString().endsWith(".part"));
        }
    }

    private Collection shown(String collection) {
        return rag.getCollection(GetCollectionRequest.newBuilder()
                .setTenant("t")
                .setId(collection)
                .build());
    }

    private List<String> found(String collection) {
        return rag
                .retrieve(RetrieveRequest.newBuilder()
                        .setTenant("t")
                        .addCollectionIds(collection)
                        .setQuery("what does mill 2 grind?")
                        .build())
                .getPassagesList()
                .stream()
                .map(passage -> passage.getDocumentId() + " with " + passage.getRelevance())
                .toList();
    }

    /** Whether the index that a collection had at first lies anywhere. */
    private boolean hasFirst(String collection) throws SQLException {
        if (index.equals("lucene")) {
            return Files.exists(folder.resolve("rag/indexes/" + collection));
        }
        try (Connection connection = DriverManager.getConnection(jdbcUrl);
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(
                        "select 1 from rag_index.collection where deleted_at is null and id = '" + collection + "'")) {
            return rows.next();
        }
    }

    @ParameterizedTest
    @CsvSource({"lucene, bge-small-en-v1.5", "pgvector, bge-small-zh-v1.5"})
    void a_service_that_is_killed_while_it_embeds_a_store_anew_ends_with_the_index_of_one_that_is_not(
            String kind, String other) throws Exception {
        start(kind);
        String killed = collection();
        String whole = rag.createCollection(CreateCollectionRequest.newBuilder()
                        .setTenant("t")
                        .setModel(other)
                        .build())
                .getId();
        // both before the first kill: after it the broker waits for the dead consumer
        for (int i = 0; i < DOCUMENTS; i++) {
            ingest(killed, i, text(i).substring(0, SHORT));
            ingest(whole, i, text(i).substring(0, SHORT));
        }
        Eventually.holds(
                "all are taken in", LONG, () -> completed(killed) == DOCUMENTS && completed(whole) == DOCUMENTS);
        rag.updateCollection(UpdateCollectionRequest.newBuilder()
                .setTenant("t")
                .setId(killed)
                .setModel(other)
                .build());
        Eventually.holds(
                "one is embedded anew",
                LONG,
                () -> shown(killed).getReEmbedding().getDocumentsDone() > 0);
        kill();
        startService();
        // it goes on, or has ended already: it didn't begin again
        assertThat(shown(killed))
                .satisfiesAnyOf(
                        store -> assertThat(store.getReEmbedding().getDocumentsDone())
                                .isPositive(),
                        store -> assertThat(store.getModel()).isEqualTo(other));
        Eventually.holds(
                "the other model answers", LONG, () -> shown(killed).getModel().equals(other));
        Eventually.holds("the old index is deleted", LONG, () -> !hasFirst(killed));
        assertThat(contents(killed)).isEqualTo(contents(whole));
        assertThat(found(killed)).isEqualTo(found(whole));
        assertThat(found(killed).getFirst()).startsWith("mill-2");
    }
}
