package dev.millrace.gateway;

import com.google.protobuf.Any;
import com.google.rpc.Code;
import com.google.rpc.ErrorInfo;
import com.google.rpc.Status;
import dev.millrace.contracts.v1.Batch;
import dev.millrace.contracts.v1.CheckRequest;
import dev.millrace.contracts.v1.CheckResponse;
import dev.millrace.contracts.v1.CheckedSentence;
import dev.millrace.contracts.v1.Collection;
import dev.millrace.contracts.v1.CreateBatchRequest;
import dev.millrace.contracts.v1.CreateCollectionRequest;
import dev.millrace.contracts.v1.DeleteCollectionRequest;
import dev.millrace.contracts.v1.DeleteCollectionResponse;
import dev.millrace.contracts.v1.DeleteDocumentRequest;
import dev.millrace.contracts.v1.DeleteDocumentResponse;
import dev.millrace.contracts.v1.Document;
import dev.millrace.contracts.v1.DocumentContent;
import dev.millrace.contracts.v1.DocumentState;
import dev.millrace.contracts.v1.GetBatchRequest;
import dev.millrace.contracts.v1.GetCollectionRequest;
import dev.millrace.contracts.v1.GetDocumentRequest;
import dev.millrace.contracts.v1.IngestFilesRequest;
import dev.millrace.contracts.v1.IngestFilesResponse;
import dev.millrace.contracts.v1.ListCollectionsRequest;
import dev.millrace.contracts.v1.ListCollectionsResponse;
import dev.millrace.contracts.v1.ListDocumentsRequest;
import dev.millrace.contracts.v1.ListDocumentsResponse;
import dev.millrace.contracts.v1.Passage;
import dev.millrace.contracts.v1.RagGrpc;
import dev.millrace.contracts.v1.RankedDocument;
import dev.millrace.contracts.v1.ReEmbedding;
import dev.millrace.contracts.v1.RerankRequest;
import dev.millrace.contracts.v1.RerankResponse;
import dev.millrace.contracts.v1.RetrieveRequest;
import dev.millrace.contracts.v1.RetrieveResponse;
import dev.millrace.contracts.v1.SentFile;
import dev.millrace.contracts.v1.Source;
import dev.millrace.contracts.v1.UpdateCollectionRequest;
import dev.millrace.contracts.v1.UpdateDocumentRequest;
import dev.millrace.contracts.v1.Verdict;
import io.grpc.Server;
import io.grpc.StatusRuntimeException;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Supplier;

/**
 * The service of documents, in memory: what it is told it keeps, each tenant's apart, and errors are those of rag.proto.
 * What becomes of a document is in its name: "slow..." stays in progress, "broken..." fails, others are completed.
 */
public final class FakeRag extends RagGrpc.RagImplBase implements AutoCloseable {
    private final String name = "rag-" + UUID.randomUUID();
    private final Server server;
    private static final List<String> MODELS = List.of("fake", "other");

    private final Map<String, Collection> collections = new LinkedHashMap<>();
    private final Map<String, String> tenants = new LinkedHashMap<>();
    private final Map<String, Map<String, Document>> documents = new LinkedHashMap<>();
    private final Map<String, String> texts = new LinkedHashMap<>();
    private final Map<String, Batch> batches = new LinkedHashMap<>();
    public final Queue<RetrieveRequest> retrievals = new ConcurrentLinkedQueue<>();
    public final Queue<SentFile> sent = new ConcurrentLinkedQueue<>();
    private final Path files;
    private int made;

    /**
     * @param files the gateway's folder of files
     */
    public FakeRag(Path files) throws IOException {
        this.files = files;
        server = InProcessServerBuilder.forName(name).addService(this).build().start();
    }

    public String address() {
        return "in-process:" + name;
    }

    @Override
    public void close() {
        server.shutdownNow();
    }

    private static StatusRuntimeException error(Code code, String reason, String param, String message) {
        return StatusProto.toStatusRuntimeException(Status.newBuilder()
                .setCode(code.getNumber())
                .setMessage(message)
                .addDetails(Any.pack(ErrorInfo.newBuilder()
                        .setReason(reason)
                        .putMetadata("param", param)
                        .build()))
                .build());
    }

    private synchronized <T> void answer(StreamObserver<T> response, Supplier<T> work) {
        try {
            response.onNext(work.get());
            response.onCompleted();
        } catch (StatusRuntimeException e) {
            response.onError(e);
        }
    }

    private Map<String, Document> documentsOf(String collection) {
        return documents.computeIfAbsent(collection, _ -> new LinkedHashMap<>());
    }

    private Collection find(String tenant, String id) {
        if (!tenant.equals(tenants.get(id))) {
            throw error(
                    Code.NOT_FOUND, "collection_not_found", "collection_id", "there is no vector store \"" + id + "\"");
        }
        Collection.Builder counted = Objects.requireNonNull(collections.get(id)).toBuilder();
        for (Document document : documentsOf(id).values()) {
            switch (document.getState()) {
                case DOCUMENT_STATE_COMPLETED ->
                    counted.setDocumentsCompleted(counted.getDocumentsCompleted() + 1)
                            .setBytes(counted.getBytes() + document.getBytes());
                case DOCUMENT_STATE_FAILED -> counted.setDocumentsFailed(counted.getDocumentsFailed() + 1);
                case DOCUMENT_STATE_CANCELLED -> counted.setDocumentsCancelled(counted.getDocumentsCancelled() + 1);
                default -> counted.setDocumentsInProgress(counted.getDocumentsInProgress() + 1);
            }
        }
        return counted.build();
    }

    private static String known(String model) {
        if (!MODELS.contains(model)) {
            throw error(
                    Code.INVALID_ARGUMENT,
                    "invalid_value",
                    "model",
                    "there is no embedding model \"" + model + "\"; there are " + String.join(", ", MODELS));
        }
        return model;
    }

    private Document find(String tenant, String collection, String id) {
        find(tenant, collection);
        Document document = documentsOf(collection).get(id);
        if (document == null) {
            throw error(
                    Code.NOT_FOUND,
                    "document_not_found",
                    "document_id",
                    "there is no document \"" + id + "\" in this vector store");
        }
        return document;
    }

    @Override
    public void createCollection(CreateCollectionRequest request, StreamObserver<Collection> response) {
        answer(response, () -> {
            String id = "vs_" + ++made;
            Collection.Builder collection = Collection.newBuilder()
                    .setId(id)
                    .setName(request.getName())
                    .setDescription(request.getDescription())
                    .putAllMetadata(request.getMetadataMap())
                    .setModel(request.getModel().isEmpty() ? "fake" : known(request.getModel()))
                    .setCreatedAtMillis(1_700_000_000_000L + made)
                    .setLastActiveAtMillis(1_700_000_000_000L)
                    .setExpiresAfterDays(request.getExpiresAfterDays());
            if (request.getExpiresAfterDays() > 0) {
                collection.setExpiresAtMillis(1_700_000_000_000L + 86_400_000L * request.getExpiresAfterDays());
            }
            tenants.put(id, request.getTenant());
            collections.put(id, collection.build());
            documents.put(id, new LinkedHashMap<>());
            return collection.build();
        });
    }

    @Override
    public void listCollections(ListCollectionsRequest request, StreamObserver<ListCollectionsResponse> response) {
        answer(response, () -> {
            List<Collection> all = collections.keySet().stream()
                    .filter(id -> request.getTenant().equals(tenants.get(id)))
                    .map(id -> find(request.getTenant(), id))
                    .filter(one ->
                            request.getName().isEmpty() || request.getName().equals(one.getName()))
                    .toList()
                    .reversed();
            int limit = Math.min(all.size(), request.getPage().getLimit());
            return ListCollectionsResponse.newBuilder()
                    .addAllCollections(all.subList(0, limit))
                    .setHasMore(limit < all.size())
                    .build();
        });
    }

    @Override
    public void getCollection(GetCollectionRequest request, StreamObserver<Collection> response) {
        answer(response, () -> find(request.getTenant(), request.getId()));
    }

    @Override
    public void updateCollection(UpdateCollectionRequest request, StreamObserver<Collection> response) {
        answer(response, () -> {
            find(request.getTenant(), request.getId());
            Collection.Builder changed = Objects.requireNonNull(collections.get(request.getId())).toBuilder();
            if (request.hasName()) {
                changed.setName(request.getName());
            }
            if (request.hasMetadata()) {
                changed.clearMetadata().putAllMetadata(request.getMetadata().getEntriesMap());
            }
            if (request.hasExpiresAfterDays()) {
                changed.setExpiresAfterDays(request.getExpiresAfterDays());
            }
            if (request.hasModel() && known(request.getModel()).equals(changed.getModel())) {
                changed.clearReEmbedding();
            } else if (request.hasModel()) {
                changed.setReEmbedding(ReEmbedding.newBuilder()
                        .setModel(request.getModel())
                        .setDocumentsDone(0)
                        .setDocuments(documentsOf(request.getId()).size()));
            }
            collections.put(request.getId(), changed.build());
            return find(request.getTenant(), request.getId());
        });
    }

    @Override
    public void deleteCollection(DeleteCollectionRequest request, StreamObserver<DeleteCollectionResponse> response) {
        answer(response, () -> {
            find(request.getTenant(), request.getId());
            tenants.remove(request.getId());
            return DeleteCollectionResponse.newBuilder().setDeleted(true).build();
        });
    }

    @Override
    public void ingestFiles(IngestFilesRequest request, StreamObserver<IngestFilesResponse> response) {
        answer(response, () -> {
            find(request.getTenant(), request.getCollectionId());
            IngestFilesResponse.Builder taken = IngestFilesResponse.newBuilder();
            for (SentFile file : request.getFilesList()) {
                taken.addDocuments(take(request.getCollectionId(), file));
            }
            return taken.build();
        });
    }

    private Document take(String collection, SentFile file) {
        sent.add(file);
        String content = content(file.getFileId());
        Document.Builder document = Document.newBuilder()
                .setId(file.getFileId())
                .setCollectionId(collection)
                .setFilename(file.getFilename())
                .setBytes(content.length())
                .setCreatedAtMillis(1_700_000_000_000L + ++made)
                .putAllAttributes(file.getAttributesMap())
                .setChunking(file.getChunking());
        if (file.getFilename().startsWith("slow")) {
            document.setState(DocumentState.DOCUMENT_STATE_IN_PROGRESS);
        } else if (file.getFilename().startsWith("broken")) {
            document.setState(DocumentState.DOCUMENT_STATE_FAILED)
                    .setErrorCode("timeout")
                    .setErrorMessage("the file took longer than 1 s to read, which is the limit");
        } else {
            document.setState(DocumentState.DOCUMENT_STATE_COMPLETED).setChunks(1);
            if (file.getFilename().startsWith("faded")) {
                document.setErrorCode("invalid_file").setErrorMessage("it could not be read again");
            }
        }
        texts.put(document.getId(), content);
        documentsOf(collection).put(document.getId(), document.build());
        return document.build();
    }

    private String content(String file) {
        try {
            return Files.readString(files.resolve(file));
        } catch (IOException missing) {
            throw new UncheckedIOException(missing);
        }
    }

    @Override
    public void getDocument(GetDocumentRequest request, StreamObserver<Document> response) {
        answer(response, () -> find(request.getTenant(), request.getCollectionId(), request.getId()));
    }

    @Override
    public void getDocumentContent(GetDocumentRequest request, StreamObserver<DocumentContent> response) {
        answer(
                response,
                () -> DocumentContent.newBuilder()
                        .setDocument(find(request.getTenant(), request.getCollectionId(), request.getId()))
                        .addPieces(texts.getOrDefault(request.getId(), ""))
                        .build());
    }

    @Override
    public void updateDocument(UpdateDocumentRequest request, StreamObserver<Document> response) {
        answer(response, () -> {
            Document changed = find(request.getTenant(), request.getCollectionId(), request.getId()).toBuilder()
                    .clearAttributes()
                    .putAllAttributes(request.getAttributesMap())
                    .build();
            documentsOf(request.getCollectionId()).put(request.getId(), changed);
            return changed;
        });
    }

    @Override
    public void listDocuments(ListDocumentsRequest request, StreamObserver<ListDocumentsResponse> response) {
        answer(response, () -> {
            find(request.getTenant(), request.getCollectionId());
            List<Document> all =
                    new ArrayList<>(documentsOf(request.getCollectionId()).values());
            all.removeIf(one -> request.getState() != DocumentState.DOCUMENT_STATE_UNSPECIFIED
                    && one.getState() != request.getState());
            int limit = Math.min(all.size(), request.getPage().getLimit());
            return ListDocumentsResponse.newBuilder()
                    .addAllDocuments(all.reversed().subList(0, limit))
                    .setHasMore(limit < all.size())
                    .build();
        });
    }

    @Override
    public void deleteDocument(DeleteDocumentRequest request, StreamObserver<DeleteDocumentResponse> response) {
        answer(response, () -> {
            find(request.getTenant(), request.getCollectionId(), request.getId());
            documentsOf(request.getCollectionId()).remove(request.getId());
            return DeleteDocumentResponse.newBuilder().setDeleted(true).build();
        });
    }

    @Override
    public void createBatch(CreateBatchRequest request, StreamObserver<Batch> response) {
        answer(response, () -> {
            Batch.Builder batch = Batch.newBuilder()
                    .setId("vsfb_" + ++made)
                    .setCollectionId(request.getCollectionId())
                    .setCreatedAtMillis(1_700_000_000_000L);
            for (String id : request.getDocumentIdsList()) {
                switch (find(request.getTenant(), request.getCollectionId(), id).getState()) {
                    case DOCUMENT_STATE_COMPLETED -> batch.setDocumentsCompleted(batch.getDocumentsCompleted() + 1);
                    case DOCUMENT_STATE_FAILED -> batch.setDocumentsFailed(batch.getDocumentsFailed() + 1);
                    default -> batch.setDocumentsInProgress(batch.getDocumentsInProgress() + 1);
                }
            }
            batches.put(batch.getId(), batch.build());
            return batch.build();
        });
    }

    private Batch find(GetBatchRequest request) {
        find(request.getTenant(), request.getCollectionId());
        Batch batch = batches.get(request.getId());
        if (batch == null || !batch.getCollectionId().equals(request.getCollectionId())) {
            throw error(Code.NOT_FOUND, "batch_not_found", "batch_id", "there is no batch \"" + request.getId() + "\"");
        }
        return batch;
    }

    @Override
    public void getBatch(GetBatchRequest request, StreamObserver<Batch> response) {
        answer(response, () -> find(request));
    }

    @Override
    public void cancelBatch(GetBatchRequest request, StreamObserver<Batch> response) {
        answer(response, () -> {
            Batch batch = find(request);
            Batch cancelled = batch.toBuilder()
                    .setCancelled(true)
                    .setDocumentsCancelled(batch.getDocumentsInProgress())
                    .setDocumentsInProgress(0)
                    .build();
            batches.put(batch.getId(), cancelled);
            return cancelled;
        });
    }

    @Override
    public void retrieve(RetrieveRequest request, StreamObserver<RetrieveResponse> response) {
        answer(response, () -> {
            retrievals.add(request);
            RetrieveResponse.Builder found = RetrieveResponse.newBuilder();
            for (String id : request.getCollectionIdsList()) {
                find(request.getTenant(), id);
                documentsOf(id).values().forEach(document -> found.addPassages(passage(document)));
            }
            return found.build();
        });
    }

    private Passage passage(Document document) {
        String text = texts.getOrDefault(document.getId(), "");
        return Passage.newBuilder()
                .setCollectionId(document.getCollectionId())
                .setDocumentId(document.getId())
                .setFilename(document.getFilename())
                .setText(text)
                .setEnd(text.length())
                .setFirstPage(3)
                .setLastPage(4)
                .setHeading("Wheels")
                .setScore(0.5)
                .putAllAttributes(document.getAttributesMap())
                .build();
    }

    /** By how often a text has the question as it stands. */
    @Override
    public void rerank(RerankRequest request, StreamObserver<RerankResponse> response) {
        answer(response, () -> {
            if (!request.getModel().isEmpty()) {
                known(request.getModel());
            }
            List<RankedDocument> ranked = new ArrayList<>();
            for (int i = 0; i < request.getDocumentsCount(); i++) {
                int times = request.getDocuments(i).split(request.getQuery(), -1).length;
                ranked.add(RankedDocument.newBuilder()
                        .setIndex(i)
                        .setScore(1 - 1.0 / times)
                        .build());
            }
            ranked.sort((a, b) -> Double.compare(b.getScore(), a.getScore()));
            int count = request.getTopN() == 0 ? ranked.size() : Math.min(request.getTopN(), ranked.size());
            return RerankResponse.newBuilder()
                    .addAllResults(ranked.subList(0, count))
                    .setModel("fake")
                    .setTokens(17)
                    .build();
        });
    }

    /** One sentence, which the first passage supports; of collections, their first document. */
    @Override
    public void check(CheckRequest request, StreamObserver<CheckResponse> response) {
        answer(response, () -> {
            Source.Builder source = Source.newBuilder().setStart(4).setEnd(8).setQuote("mill");
            for (String id : request.getCollectionIdsList()) {
                find(request.getTenant(), id);
                documentsOf(id)
                        .values()
                        .forEach(document -> source.setDocumentId(document.getId())
                                .setFilename(document.getFilename())
                                .setPage(2));
            }
            return CheckResponse.newBuilder()
                    .setVerdict(Verdict.VERDICT_NOT_FOUND)
                    .setScore(0.25)
                    .addSentences(CheckedSentence.newBuilder()
                            .setText(request.getText())
                            .setEnd(request.getText().length())
                            .setVerdict(Verdict.VERDICT_SUPPORTED)
                            .setScore(0.75)
                            .setSource(source))
                    .addSentences(CheckedSentence.newBuilder()
                            .setText("")
                            .setVerdict(Verdict.VERDICT_NOT_FOUND)
                            .setScore(0.25))
                    .build();
        });
    }
}
