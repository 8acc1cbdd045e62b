package dev.millrace.rag;

import com.google.protobuf.ByteString;
import dev.millrace.contracts.v1.CreateCollectionRequest;
import dev.millrace.contracts.v1.Document;
import dev.millrace.contracts.v1.DocumentDescription;
import dev.millrace.contracts.v1.DocumentState;
import dev.millrace.contracts.v1.GetDocumentRequest;
import dev.millrace.contracts.v1.IngestRequest;
import dev.millrace.contracts.v1.Passage;
import dev.millrace.contracts.v1.RagGrpc;
import dev.millrace.contracts.v1.RetrieveRequest;
import dev.millrace.testing.Eventually;
import dev.millrace.testing.TestBroker;
import io.grpc.ManagedChannel;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.stub.StreamObserver;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.context.ConfigurableApplicationContext;

/** The whole service with its real stores: PostgreSQL, a Kafka broker, an index, the parser's process and MiniLM. */
final class RunningRag {
    static final Duration LONG = Eventually.PATIENCE;

    private final Path folder;
    private final String jdbcUrl;
    private final String index;
    private final List<String> settings;
    private final Optional<EmbeddedPostgres> ownPostgres;
    final TestBroker broker;
    private int started;
    private Replica first;
    ConfigurableApplicationContext service;
    RagGrpc.RagBlockingStub calls;

    /** One process of the service; all have the same stores. */
    record Replica(ConfigurableApplicationContext service, ManagedChannel channel) implements AutoCloseable {
        RagGrpc.RagBlockingStub calls() {
            return RagGrpc.newBlockingStub(channel);
        }

        @Override
        public void close() {
            channel.shutdownNow();
            service.close();
        }
    }

    /**
     * @param settings beside what all tests have, as arguments
     */
    static RunningRag withLucene(Path folder, String... settings) throws Exception {
        EmbeddedPostgres postgres = EmbeddedPostgres.builder().start();
        return new RunningRag(
                folder,
                "lucene",
                List.of(settings),
                postgres.getJdbcUrl("postgres", "postgres"),
                Optional.of(postgres));
    }

    static RunningRag withPgvector(Path folder) throws Exception {
        return new RunningRag(folder, "pgvector", List.of(), PgvectorServer.newDatabase(), Optional.empty());
    }

    private RunningRag(
            Path folder, String index, List<String> settings, String jdbcUrl, Optional<EmbeddedPostgres> ownPostgres)
            throws Exception {
        this.folder = folder;
        this.index = index;
        this.settings = settings;
        this.jdbcUrl = jdbcUrl;
        this.ownPostgres = ownPostgres;
        broker = new TestBroker(Files.createDirectory(folder.resolve("kafka")));
        start(replica());
    }

    private void start(Replica replica) {
        first = replica;
        service = replica.service();
        calls = replica.calls();
    }

    /** Starts another process of the service, as far as one JVM can have several. */
    Replica replica() {
        String name = "rag-" + folder.getFileName() + "-" + started++;
        SpringApplication application = RagApplication.create();
        application.setWebApplicationType(WebApplicationType.NONE);
        List<String> arguments = new ArrayList<>(List.of(
                "--spring.grpc.server.inprocess.name=" + name,
                "--spring.grpc.server.address=127.0.0.1",
                "--spring.grpc.server.port=0",
                "--spring.datasource.url=" + jdbcUrl,
                "--spring.datasource.username=postgres",
                "--spring.kafka.bootstrap-servers=" + broker.address(),
                "--logging.level.kafka=error",
                "--logging.level.state.change.logger=error",
                "--millrace.home=" + folder,
                "--millrace.rag.index=" + index,
                "--millrace.rag.model=all-minilm-l6-v2",
                "--millrace.rag.threads=1",
                "--millrace.rag.max-file=100KB"));
        arguments.addAll(settings);
        ConfigurableApplicationContext context = application.run(arguments.toArray(String[]::new));
        return new Replica(context, InProcessChannelBuilder.forName(name).build());
    }

    /** Where a store's documents' bytes lie, each under its hash. */
    Path files(String store) {
        return folder.resolve("rag/files").resolve(store);
    }

    void restart() {
        first.close();
        start(replica());
    }

    void stop() throws Exception {
        first.close();
        broker.close();
        if (ownPostgres.isPresent()) {
            ownPostgres.get().close();
        }
    }

    /** Of the catalogue's database. */
    Connection connect() throws SQLException {
        return DriverManager.getConnection(jdbcUrl);
    }

    String collection(String tenant) {
        return calls.createCollection(CreateCollectionRequest.newBuilder()
                        .setTenant(tenant)
                        .setName("mills")
                        .build())
                .getId();
    }

    Document ingest(DocumentDescription description, byte[] content) throws Exception {
        CompletableFuture<Document> answer = new CompletableFuture<>();
        StreamObserver<IngestRequest> upload = RagGrpc.newStub(first.channel()).ingest(new StreamObserver<>() {
            @Override
            public void onNext(Document document) {
                answer.complete(document);
            }

            @Override
            public void onError(Throwable failure) {
                answer.completeExceptionally(failure);
            }

            @Override
            public void onCompleted() {}
        });
        upload.onNext(IngestRequest.newBuilder().setDescription(description).build());
        for (int from = 0; from < content.length; from += 50_000) {
            int size = Math.min(50_000, content.length - from);
            upload.onNext(IngestRequest.newBuilder()
                    .setContent(ByteString.copyFrom(content, from, size))
                    .build());
        }
        upload.onCompleted();
        return answer.get(60, TimeUnit.SECONDS);
    }

    Document ingest(String tenant, String collection, String filename, String text) throws Exception {
        return ingest(
                DocumentDescription.newBuilder()
                        .setTenant(tenant)
                        .setCollectionId(collection)
                        .setFilename(filename)
                        .build(),
                text.getBytes(StandardCharsets.UTF_8));
    }

    Document ended(String tenant, String collection, String id) throws Exception {
        GetDocumentRequest request = GetDocumentRequest.newBuilder()
                .setTenant(tenant)
                .setCollectionId(collection)
                .setId(id)
                .build();
        Eventually.holds(
                id + " ends",
                LONG,
                () -> calls.getDocument(request).getState() != DocumentState.DOCUMENT_STATE_IN_PROGRESS);
        return calls.getDocument(request);
    }

    List<Passage> retrieve(String tenant, String collection, String query) {
        return retrieve(calls, tenant, collection, query);
    }

    static List<Passage> retrieve(RagGrpc.RagBlockingStub calls, String tenant, String collection, String query) {
        return calls.retrieve(RetrieveRequest.newBuilder()
                        .setTenant(tenant)
                        .addCollectionIds(collection)
                        .setQuery(query)
                        .build())
                .getPassagesList();
    }
}
