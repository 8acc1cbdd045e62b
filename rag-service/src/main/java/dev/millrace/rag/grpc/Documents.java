package dev.millrace.rag.grpc;

import dev.millrace.contracts.v1.Batch;
import dev.millrace.contracts.v1.CreateBatchRequest;
import dev.millrace.contracts.v1.Document;
import dev.millrace.contracts.v1.DocumentContent;
import dev.millrace.contracts.v1.DocumentState;
import dev.millrace.contracts.v1.GetBatchRequest;
import dev.millrace.contracts.v1.GetDocumentRequest;
import dev.millrace.contracts.v1.ListDocumentsRequest;
import dev.millrace.contracts.v1.ListDocumentsResponse;
import dev.millrace.contracts.v1.UpdateDocumentRequest;
import dev.millrace.rag.catalogue.BatchTable;
import dev.millrace.rag.catalogue.DocumentCollection;
import dev.millrace.rag.catalogue.DocumentTable;
import dev.millrace.rag.catalogue.Page;
import dev.millrace.rag.catalogue.StoredDocument;
import dev.millrace.rag.catalogue.StoredDocument.State;
import dev.millrace.rag.index.Indexes;
import dev.millrace.rag.ingest.Deletion;
import dev.millrace.rag.ingest.Revision;
import dev.millrace.rag.wire.Messages;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Documents and batches of a tenant's collections. */
final class Documents {
    static final int MAX_BATCH = 2_000;

    private final Collections collections;
    private final DocumentTable table;
    private final BatchTable batches;
    private final Indexes indexes;
    private final Deletion deletion;
    private final Revision revision;
    private final InstantSource clock;

    Documents(
            Collections collections,
            DocumentTable table,
            BatchTable batches,
            Indexes indexes,
            Deletion deletion,
            Revision revision,
            InstantSource clock) {
        this.collections = collections;
        this.table = table;
        this.batches = batches;
        this.indexes = indexes;
        this.deletion = deletion;
        this.revision = revision;
        this.clock = clock;
    }

    Document get(GetDocumentRequest request) {
        DocumentCollection collection = collections.find(request.getTenant(), request.getCollectionId());
        return Messages.document(find(collection, request.getId()));
    }

    private StoredDocument find(DocumentCollection collection, String id) {
        return table.find(collection.id(), id).orElseThrow(() -> Errors.documentNotFound(id));
    }

    DocumentContent content(GetDocumentRequest request) {
        DocumentCollection collection = collections.find(request.getTenant(), request.getCollectionId());
        StoredDocument document = find(collection, request.getId());
        DocumentContent.Builder content = DocumentContent.newBuilder().setDocument(Messages.document(document));
        if (document.state() instanceof State.Completed) {
            content.addAllPieces(
                    indexes.of(collection.tenant(), collection.index()).text(document.id()));
        }
        return content.build();
    }

    Document update(UpdateDocumentRequest request) {
        DocumentCollection collection = collections.find(request.getTenant(), request.getCollectionId());
        try {
            return revision.attributes(
                            collection,
                            request.getId(),
                            Messages.attributes(request.getAttributesMap(), "attributes"),
                            Collections.id("ingest_"))
                    .map(Messages::document)
                    .orElseThrow(() -> Errors.documentNotFound(request.getId()));
        } catch (IllegalArgumentException e) {
            throw Errors.invalidValue("attributes", String.valueOf(e.getMessage()));
        }
    }

    void delete(String tenant, String collectionId, String id) {
        DocumentCollection collection = collections.find(tenant, collectionId);
        if (!deletion.document(tenant, collection.id(), id)) {
            throw Errors.documentNotFound(id);
        }
    }

    ListDocumentsResponse list(ListDocumentsRequest request) {
        DocumentCollection collection = collections.find(request.getTenant(), request.getCollectionId());
        Optional<String> batch = Optional.of(request.getBatchId()).filter(id -> !id.isEmpty());
        batch.ifPresent(id -> findBatch(collection, id));
        Page page = Pages.of(
                request.getPage(),
                id -> table.find(collection.id(), id).map(one -> new Page.Cursor(one.createdAt(), one.id())));
        Page.Part<StoredDocument> part = table.list(collection.id(), state(request.getState()), batch, page);
        return ListDocumentsResponse.newBuilder()
                .addAllDocuments(
                        part.elements().stream().map(Messages::document).toList())
                .setHasMore(part.hasMore())
                .build();
    }

    private static Optional<String> state(DocumentState state) {
        return switch (state) {
            case DOCUMENT_STATE_UNSPECIFIED -> Optional.empty();
            case DOCUMENT_STATE_IN_PROGRESS -> Optional.of("IN_PROGRESS");
            case DOCUMENT_STATE_COMPLETED -> Optional.of("COMPLETED");
            case DOCUMENT_STATE_FAILED -> Optional.of("FAILED");
            case DOCUMENT_STATE_CANCELLED -> Optional.of("CANCELLED");
            case UNRECOGNIZED -> throw Errors.invalidValue("state", "state must be one of rag.proto, was another");
        };
    }

    Batch createBatch(CreateBatchRequest request) {
        DocumentCollection collection = collections.find(request.getTenant(), request.getCollectionId());
        List<String> documents = request.getDocumentIdsList();
        if (documents.isEmpty() || documents.size() > MAX_BATCH) {
            throw Errors.invalidValue(
                    "document_ids", "document_ids must be 1 to " + MAX_BATCH + ", were " + documents.size());
        }
        Set<String> there = table.find(collection.id(), documents).stream()
                .map(StoredDocument::id)
                .collect(Collectors.toSet());
        documents.stream().filter(one -> !there.contains(one)).findFirst().ifPresent(missing -> {
            throw Errors.documentNotFound(missing);
        });
        String id = Collections.id("vsfb_");
        batches.insert(id, collection.id(), documents, clock.instant());
        return message(findBatch(collection, id));
    }

    Batch batch(GetBatchRequest request) {
        return message(findBatch(collections.find(request.getTenant(), request.getCollectionId()), request.getId()));
    }

    Batch cancelBatch(GetBatchRequest request) {
        DocumentCollection collection = collections.find(request.getTenant(), request.getCollectionId());
        findBatch(collection, request.getId());
        deletion.batch(collection.tenant(), collection.id(), request.getId(), Collections.id("cancel_"));
        return message(findBatch(collection, request.getId()));
    }

    private dev.millrace.rag.catalogue.Batch findBatch(DocumentCollection collection, String id) {
        return batches.find(collection.id(), id).orElseThrow(() -> Errors.batchNotFound(id));
    }

    private static Batch message(dev.millrace.rag.catalogue.Batch batch) {
        return Batch.newBuilder()
                .setId(batch.id())
                .setCollectionId(batch.collection())
                .setCreatedAtMillis(batch.createdAt().toEpochMilli())
                .setCancelled(batch.cancelled())
                .setDocumentsInProgress(batch.counts().inProgress())
                .setDocumentsCompleted(batch.counts().completed())
                .setDocumentsFailed(batch.counts().failed())
                .setDocumentsCancelled(batch.counts().cancelled())
                .build();
    }
}
