package dev.millrace.gateway.backend;

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
import io.grpc.Channel;
import io.grpc.MethodDescriptor;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import reactor.core.publisher.Mono;

/**
 * Documents, and what is found in them. While the service can't be reached every call is refused as
 * {@code service_starting}.
 */
public final class RagClient {
    /** What the service's codes and fields are called over HTTP, and so in refusals. */
    private static final Map<String, String> NAMES = Map.ofEntries(
            Map.entry("collection_not_found", "vector_store_not_found"),
            Map.entry("collection_expired", "vector_store_expired"),
            Map.entry("document_not_found", "file_not_found"),
            Map.entry("collection_id", "vector_store_id"),
            Map.entry("collection_ids", "vector_store_ids"),
            Map.entry("document_id", "file_id"),
            Map.entry("max_results", "max_num_results"),
            Map.entry("filter", "filters"));

    private static final Map<String, String> OWN_NAMES =
            NAMES.entrySet().stream().collect(Collectors.toMap(Map.Entry::getValue, Map.Entry::getKey));

    private static final String NAME = "service of documents";
    private static final Failures.Peer PEER = Failures.Peer.late(NAME, NAMES);
    /** A vector store's model; elsewhere one that writes may be named, too. */
    private static final Failures.Peer OF_STORES = Failures.Peer.late(
            NAME,
            Stream.concat(NAMES.entrySet().stream(), Stream.of(Map.entry("model", "embedding_model")))
                    .collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, Map.Entry::getValue)));

    private final Channel channel;

    public RagClient(Channel channel) {
        this.channel = channel;
    }

    /** What the service itself calls a code or field that a refusal names; that name where it isn't one of the service's. */
    public static String ownName(String refused) {
        return OWN_NAMES.getOrDefault(refused, refused);
    }

    public Mono<Collection> createCollection(CreateCollectionRequest request) {
        return Calls.unary(channel, RagGrpc.getCreateCollectionMethod(), request, OF_STORES);
    }

    public Mono<ListCollectionsResponse> listCollections(ListCollectionsRequest request) {
        return call(RagGrpc.getListCollectionsMethod(), request);
    }

    public Mono<Collection> collection(GetCollectionRequest request) {
        return call(RagGrpc.getGetCollectionMethod(), request);
    }

    public Mono<Collection> updateCollection(UpdateCollectionRequest request) {
        return Calls.unary(channel, RagGrpc.getUpdateCollectionMethod(), request, OF_STORES);
    }

    public Mono<DeleteCollectionResponse> deleteCollection(DeleteCollectionRequest request) {
        return call(RagGrpc.getDeleteCollectionMethod(), request);
    }

    /** Takes documents in out of the folder of files; answers once they are noted. */
    public Mono<IngestFilesResponse> ingestFiles(IngestFilesRequest request) {
        return call(RagGrpc.getIngestFilesMethod(), request);
    }

    public Mono<Document> document(GetDocumentRequest request) {
        return call(RagGrpc.getGetDocumentMethod(), request);
    }

    public Mono<DocumentContent> documentContent(GetDocumentRequest request) {
        return call(RagGrpc.getGetDocumentContentMethod(), request);
    }

    public Mono<ListDocumentsResponse> listDocuments(ListDocumentsRequest request) {
        return call(RagGrpc.getListDocumentsMethod(), request);
    }

    public Mono<Document> updateDocument(UpdateDocumentRequest request) {
        return call(RagGrpc.getUpdateDocumentMethod(), request);
    }

    public Mono<DeleteDocumentResponse> deleteDocument(DeleteDocumentRequest request) {
        return call(RagGrpc.getDeleteDocumentMethod(), request);
    }

    public Mono<Batch> createBatch(CreateBatchRequest request) {
        return call(RagGrpc.getCreateBatchMethod(), request);
    }

    public Mono<Batch> batch(GetBatchRequest request) {
        return call(RagGrpc.getGetBatchMethod(), request);
    }

    public Mono<Batch> cancelBatch(GetBatchRequest request) {
        return call(RagGrpc.getCancelBatchMethod(), request);
    }

    public Mono<RetrieveResponse> retrieve(RetrieveRequest request) {
        return call(RagGrpc.getRetrieveMethod(), request);
    }

    public Mono<RerankResponse> rerank(RerankRequest request) {
        return call(RagGrpc.getRerankMethod(), request);
    }

    public Mono<CheckResponse> check(CheckRequest request) {
        return call(RagGrpc.getCheckMethod(), request);
    }

    private <Q, A> Mono<A> call(MethodDescriptor<Q, A> method, Q request) {
        return Calls.unary(channel, method, request, PEER);
    }
}
