package dev.millrace.rag.grpc;

import dev.millrace.contracts.v1.CheckRequest;
import dev.millrace.contracts.v1.CheckResponse;
import dev.millrace.contracts.v1.Collection;
import dev.millrace.contracts.v1.CreateCollectionRequest;
import dev.millrace.contracts.v1.DeleteCollectionRequest;
import dev.millrace.contracts.v1.DeleteCollectionResponse;
import dev.millrace.contracts.v1.DeleteDocumentRequest;
import dev.millrace.contracts.v1.DeleteDocumentResponse;
import dev.millrace.contracts.v1.Document;
import dev.millrace.contracts.v1.GetCollectionRequest;
import dev.millrace.contracts.v1.GetDocumentRequest;
import dev.millrace.contracts.v1.IngestRequest;
import dev.millrace.contracts.v1.ListCollectionsRequest;
import dev.millrace.contracts.v1.ListCollectionsResponse;
import dev.millrace.contracts.v1.ListDocumentsRequest;
import dev.millrace.contracts.v1.ListDocumentsResponse;
import dev.millrace.contracts.v1.RagGrpc;
import dev.millrace.contracts.v1.RetrieveRequest;
import dev.millrace.contracts.v1.RetrieveResponse;
import dev.millrace.rag.catalogue.CatalogueAwayException;
import dev.millrace.rag.catalogue.CollectionTable;
import dev.millrace.rag.catalogue.DocumentTable;
import dev.millrace.rag.check.GroundednessCheck;
import dev.millrace.rag.ingest.Deletion;
import dev.millrace.rag.ingest.Ingestion;
import dev.millrace.rag.retrieve.Retriever;
import dev.millrace.rag.store.FileStore;
import dev.millrace.rag.store.Indexes;
import dev.millrace.rag.wire.Messages;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.Supplier;

/** The service Rag of rag.proto. */
public final class RagService extends RagGrpc.RagImplBase {
    private final Collections collections;
    private final DocumentTable documents;
    private final FileStore files;
    private final Ingestion ingestion;
    private final Deletion deletion;
    private final Questions questions;
    private final Limits limits;
    private final InstantSource clock;

    /**
     * @param defaultModel of a collection whose maker names none
     * @param maxFileBytes of one document
     */
    public record Limits(String defaultModel, long maxFileBytes) {}

    /**
     * @param check absent in a build without its model: Check then answers FAILED_PRECONDITION
     */
    public RagService(
            CollectionTable collections,
            DocumentTable documents,
            FileStore files,
            Indexes indexes,
            Ingestion ingestion,
            Deletion deletion,
            Retriever retriever,
            Optional<GroundednessCheck> check,
            Limits limits,
            InstantSource clock) {
        this.collections = new Collections(collections, limits.defaultModel());
        this.documents = documents;
        this.files = files;
        this.ingestion = ingestion;
        this.deletion = deletion;
        this.questions = new Questions(this.collections, indexes, retriever, check);
        this.limits = limits;
        this.clock = clock;
    }

    @Override
    public void createCollection(CreateCollectionRequest request, StreamObserver<Collection> response) {
        answer(response, () -> collections.create(request, clock.instant()));
    }

    @Override
    public void listCollections(ListCollectionsRequest request, StreamObserver<ListCollectionsResponse> response) {
        answer(
                response,
                () -> ListCollectionsResponse.newBuilder()
                        .addAllCollections(collections.list(request.getTenant()).stream()
                                .map(Collections::message)
                                .toList())
                        .build());
    }

    @Override
    public void getCollection(GetCollectionRequest request, StreamObserver<Collection> response) {
        answer(response, () -> Collections.message(collections.find(request.getTenant(), request.getId())));
    }

    @Override
    public void deleteCollection(DeleteCollectionRequest request, StreamObserver<DeleteCollectionResponse> response) {
        answer(response, () -> {
            if (!deletion.collection(Collections.tenant(request.getTenant()), request.getId())) {
                throw Errors.collectionNotFound(request.getId());
            }
            return DeleteCollectionResponse.newBuilder().setDeleted(true).build();
        });
    }

    @Override
    public StreamObserver<IngestRequest> ingest(StreamObserver<Document> response) {
        return new Upload(collections, documents, files, ingestion, limits.maxFileBytes(), clock.instant(), response);
    }

    @Override
    public void getDocument(GetDocumentRequest request, StreamObserver<Document> response) {
        answer(response, () -> {
            String collection = collections
                    .find(request.getTenant(), request.getCollectionId())
                    .id();
            return documents
                    .find(collection, request.getId())
                    .map(Messages::document)
                    .orElseThrow(() -> Errors.documentNotFound(request.getId()));
        });
    }

    @Override
    public void listDocuments(ListDocumentsRequest request, StreamObserver<ListDocumentsResponse> response) {
        answer(response, () -> {
            String collection = collections
                    .find(request.getTenant(), request.getCollectionId())
                    .id();
            return ListDocumentsResponse.newBuilder()
                    .addAllDocuments(documents.list(collection).stream()
                            .map(Messages::document)
                            .toList())
                    .build();
        });
    }

    @Override
    public void deleteDocument(DeleteDocumentRequest request, StreamObserver<DeleteDocumentResponse> response) {
        answer(response, () -> {
            String collection = collections
                    .find(request.getTenant(), request.getCollectionId())
                    .id();
            if (!deletion.document(request.getTenant(), collection, request.getId())) {
                throw Errors.documentNotFound(request.getId());
            }
            return DeleteDocumentResponse.newBuilder().setDeleted(true).build();
        });
    }

    @Override
    public void retrieve(RetrieveRequest request, StreamObserver<RetrieveResponse> response) {
        answer(response, () -> questions.retrieve(request));
    }

    @Override
    public void check(CheckRequest request, StreamObserver<CheckResponse> response) {
        answer(response, () -> questions.check(request));
    }

    private static <T> void answer(StreamObserver<T> response, Supplier<T> work) {
        T message;
        try {
            message = work.get();
        } catch (StatusRuntimeException e) {
            response.onError(e);
            return;
        } catch (CatalogueAwayException e) {
            response.onError(Errors.away(e));
            return;
        } catch (RuntimeException e) {
            response.onError(Errors.bug(e));
            return;
        }
        response.onNext(message);
        response.onCompleted();
    }
}
