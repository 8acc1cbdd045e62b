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
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.context.ConfigurableApplicationContext;

/** The whole service with its real stores: PostgreSQL, a Kafka broker, Lucene, the parser's process and MiniLM. */
final class RunningRag {
    static final Duration LONG = Duration.ofSeconds(60);

    private final Path folder;
    final EmbeddedPostgres postgres;
    final TestBroker broker;
    ConfigurableApplicationContext service;
    private ManagedChannel channel;
    RagGrpc.RagBlockingStub calls;

    RunningRag(Path folder) throws Exception {
        this.folder = folder;
        postgres = EmbeddedPostgres.builder().start();
        broker = new TestBroker(Files.createDirectory(folder.resolve("kafka")));
        startService();
    }

    private void startService() {
        String name = "rag-" + folder.getFileName();
        SpringApplication application = RagApplication.create();
        application.setWebApplicationType(WebApplicationType.NONE);
        service = application.run(
                "--spring.grpc.server.inprocess.name=" + name,
                "--spring.grpc.server.address=127.0.0.1",
                "--spring.grpc.server.port=0",
                "--spring.datasource.url=" + postgres.getJdbcUrl("postgres", "postgres"),
                "--spring.datasource.username=postgres",
                "--spring.kafka.bootstrap-servers=" + broker.address(),
                "--logging.level.kafka=error",
                "--logging.level.state.change.logger=error",
                "--millrace.home=" + folder,
                "--millrace.rag.model=all-minilm-l6-v2",
                "--millrace.rag.threads=1",
                "--millrace.rag.max-file=100KB");
        channel = InProcessChannelBuilder.forName(name).build();
        calls = RagGrpc.newBlockingStub(channel);
    }

    private void stopService() {
        channel.shutdownNow();
        service.close();
    }

    void restart() {
        stopService();
        startService();
    }

    void stop() throws Exception {
        stopService();
        broker.close();
        postgres.close();
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
        StreamObserver<IngestRequest> upload = RagGrpc.newStub(channel).ingest(new StreamObserver<>() {
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
        return answer.get(30, TimeUnit.SECONDS);
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
        return calls.retrieve(RetrieveRequest.newBuilder()
                        .setTenant(tenant)
                        .addCollectionIds(collection)
                        .setQuery(query)
                        .build())
                .getPassagesList();
    }
}
