package dev.millrace.rag.grpc;

import dev.millrace.contracts.v1.Batch;
import dev.millrace.contracts.v1.CheckRequest;
import dev.millrace.contracts.v1.CheckResponse;
import dev.millrace.contracts.v1.Collection;
import dev.millrace.contracts.v1.CreateBatchRequest;
import dev.millrace.contracts.v1.CreateCollectionRequest;
import dev.millrace.contracts.v1.DeleteCollectionRequest;
import dev.millrace.contracts.v1.DeleteCollectionResponse;
import dev.millrace.contracts.v1.DeleteDocumentRequest;
import dev.millrace.contracts.v1.DeleteDocumentResponse;
import dev.millrace.contracts.v1.Document;
import dev.millrace.contracts.v1.DocumentContent;
import dev.millrace.contracts.v1.GetBatchRequest;
import dev.millrace.contracts.v1.GetCollectionRequest;
import dev.millrace.contracts.v1.GetDocumentRequest;
import dev.millrace.contracts.v1.IngestFilesRequest;
import dev.millrace.contracts.v1.IngestFilesResponse;
import dev.millrace.contracts.v1.IngestRequest;
import dev.millrace.contracts.v1.ListCollectionsRequest;
import dev.millrace.contracts.v1.ListCollectionsResponse;
import dev.millrace.contracts.v1.ListDocumentsRequest;
import dev.millrace.contracts.v1.ListDocumentsResponse;
import dev.millrace.contracts.v1.RagGrpc;
import dev.millrace.contracts.v1.RerankRequest;
import dev.millrace.contracts.v1.RerankResponse;
import dev.millrace.contracts.v1.RetrieveRequest;
import dev.millrace.contracts.v1.RetrieveResponse;
import dev.millrace.contracts.v1.UpdateCollectionRequest;
import dev.millrace.contracts.v1.UpdateDocumentRequest;
import dev.millrace.rag.catalogue.Catalogue;
import dev.millrace.rag.catalogue.CatalogueAwayException;
import dev.millrace.rag.catalogue.DocumentTable;
import dev.millrace.rag.check.GroundednessCheck;
import dev.millrace.rag.index.IndexAwayException;
import dev.millrace.rag.index.Indexes;
import dev.millrace.rag.ingest.Deletion;
import dev.millrace.rag.ingest.IngestEvents.EventsAwayException;
import dev.millrace.rag.ingest.Ingestion;
import dev.millrace.rag.ingest.Revision;
import dev.millrace.rag.retrieve.Reranker;
import dev.millrace.rag.retrieve.Retriever;
import dev.millrace.rag.store.FileStore;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.Supplier;

/** The service Rag of rag.proto. */
public final class RagService extends RagGrpc.RagImplBase {
    private final Collections collections;
    private final Documents documents;
    private final DocumentTable table;
    private final FileStore files;
    private final Intake intake;
    private final Changes changes;
    private final Questions questions;
    private final Limits limits;
    private final InstantSource clock;

    /**
     * @param defaultModel of a collection whose maker names none
     * @param maxFileBytes of one document
     */
    public record Limits(String defaultModel, long maxFileBytes) {}

    /** What changes documents. */
    public record Changes(Ingestion ingestion, Deletion deletion, Revision revision) {}

    /**
     * What reads them.
     *
     * @param check absent in a build without its model: Check then answers FAILED_PRECONDITION
     */
    public record Readers(Retriever retriever, Reranker reranker, Optional<GroundednessCheck> check) {}

    public RagService(
            Catalogue catalogue,
            FileStore files,
            Indexes indexes,
            Changes changes,
            Readers readers,
            Limits limits,
            InstantSource clock) {
        this.collections = new Collections(catalogue, limits.defaultModel(), clock);
        this.documents = new Documents(
                collections,
                catalogue.documents(),
                catalogue.batches(),
                indexes,
                changes.deletion(),
                changes.revision(),
                clock);
        this.table = catalogue.documents();
        this.files = files;
        this.intake = new Intake(collections, table, changes.ingestion(), clock);
        this.changes = changes;
        this.questions = new Questions(collections, readers);
        this.limits = limits;
        this.clock = clock;
    }

    @Override
    public void createCollection(CreateCollectionRequest request, StreamObserver<Collection> response) {
        answer(response, () -> collections.create(request));
    }

    @Override
    public void listCollections(ListCollectionsRequest request, StreamObserver<ListCollectionsResponse> response) {
        answer(response, () -> collections.list(request));
    }

    @Override
    public void getCollection(GetCollectionRequest request, StreamObserver<Collection> response) {
        answer(response, () -> collections.shown(request.getTenant(), request.getId()));
    }

    @Override
    public void updateCollection(UpdateCollectionRequest request, StreamObserver<Collection> response) {
        answer(response, () -> collections.update(request));
    }

    @Override
    public void deleteCollection(DeleteCollectionRequest request, StreamObserver<DeleteCollectionResponse> response) {
        answer(response, () -> {
            if (!changes.deletion().collection(Collections.tenant(request.getTenant()), request.getId())) {
                throw Errors.collectionNotFound(request.getId());
            }
            return DeleteCollectionResponse.newBuilder().setDeleted(true).build();
        });
    }

    @Override
    public StreamObserver<IngestRequest> ingest(StreamObserver<Document> response) {
        return new Upload(
                collections, table, files, changes.ingestion(), limits.maxFileBytes(), clock.instant(), response);
    }

    @Override
    public void ingestFiles(IngestFilesRequest request, StreamObserver<IngestFilesResponse> response) {
        answer(response, () -> intake.files(request));
    }

    @Override
    public void getDocument(GetDocumentRequest request, StreamObserver<Document> response) {
        answer(response, () -> documents.get(request));
    }

    @Override
    public void getDocumentContent(GetDocumentRequest request, StreamObserver<DocumentContent> response) {
        answer(response, () -> documents.content(request));
    }

    @Override
    public void updateDocument(UpdateDocumentRequest request, StreamObserver<Document> response) {
        answer(response, () -> documents.update(request));
    }

    @Override
    public void listDocuments(ListDocumentsRequest request, StreamObserver<ListDocumentsResponse> response) {
        answer(response, () -> documents.list(request));
    }

    @Override
    public void deleteDocument(DeleteDocumentRequest request, StreamObserver<DeleteDocumentResponse> response) {
        answer(response, () -> {
            documents.delete(request.getTenant(), request.getCollectionId(), request.getId());
            return DeleteDocumentResponse.newBuilder().setDeleted(true).build();
        });
    }

    @Override
    public void createBatch(CreateBatchRequest request, StreamObserver<Batch> response) {
        answer(response, () -> documents.createBatch(request));
    }

    @Override
    public void getBatch(GetBatchRequest request, StreamObserver<Batch> response) {
        answer(response, () -> documents.batch(request));
    }

    @Override
    public void cancelBatch(GetBatchRequest request, StreamObserver<Batch> response) {
        answer(response, () -> documents.cancelBatch(request));
    }

    @Override
    public void retrieve(RetrieveRequest request, StreamObserver<RetrieveResponse> response) {
        answer(response, () -> questions.retrieve(request));
    }

    @Override
    public void rerank(RerankRequest request, StreamObserver<RerankResponse> response) {
        answer(response, () -> questions.rerank(request));
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
        } catch (CatalogueAwayException | IndexAwayException | EventsAwayException e) {
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
