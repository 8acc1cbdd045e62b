package dev.millrace.rag.grpc;

import dev.millrace.contracts.v1.Collection;
import dev.millrace.contracts.v1.CreateCollectionRequest;
import dev.millrace.rag.catalogue.CollectionTable;
import dev.millrace.rag.catalogue.DocumentCollection;
import dev.millrace.rag.embed.EncoderModel;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;

/** Collections of a tenant. */
final class Collections {
    private static final int MAX_NAME = 256;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final CollectionTable table;
    private final String defaultModel;

    Collections(CollectionTable table, String defaultModel) {
        this.table = table;
        this.defaultModel = defaultModel;
    }

    static String id(String prefix) {
        byte[] bytes = new byte[12];
        RANDOM.nextBytes(bytes);
        return prefix + HexFormat.of().formatHex(bytes);
    }

    static String tenant(String tenant) {
        if (tenant.isBlank()) {
            throw Errors.invalidValue("tenant", "tenant must be given, was empty");
        }
        return tenant;
    }

    Collection create(CreateCollectionRequest request, Instant at) {
        String model = request.getModel().isEmpty() ? defaultModel : request.getModel();
        try {
            EncoderModel.named(model);
        } catch (IllegalArgumentException e) {
            throw Errors.invalidValue("model", String.valueOf(e.getMessage()));
        }
        if (request.getName().length() > MAX_NAME) {
            throw Errors.invalidValue(
                    "name",
                    "name must have at most " + MAX_NAME + " characters, had "
                            + request.getName().length());
        }
        DocumentCollection collection =
                new DocumentCollection(id("vs_"), tenant(request.getTenant()), request.getName(), model, at, 0, 0, 0);
        table.insert(collection);
        return message(collection);
    }

    DocumentCollection find(String tenant, String id) {
        return table.find(tenant(tenant), id).orElseThrow(() -> Errors.collectionNotFound(id));
    }

    List<DocumentCollection> findAll(String tenant, List<String> ids) {
        if (ids.isEmpty()) {
            throw Errors.invalidValue("collection_ids", "collection_ids must name one or more, named none");
        }
        List<DocumentCollection> found =
                ids.stream().distinct().map(id -> find(tenant, id)).toList();
        if (found.stream().map(DocumentCollection::model).distinct().count() > 1) {
            throw Errors.invalidValue(
                    "collection_ids",
                    "collections that are searched together must have one embedding model, had several");
        }
        return found;
    }

    List<DocumentCollection> list(String tenant) {
        return table.list(tenant(tenant));
    }

    static Collection message(DocumentCollection collection) {
        return Collection.newBuilder()
                .setId(collection.id())
                .setName(collection.name())
                .setModel(collection.model())
                .setCreatedAtMillis(collection.createdAt().toEpochMilli())
                .setDocumentsInProgress(collection.inProgress())
                .setDocumentsCompleted(collection.completed())
                .setDocumentsFailed(collection.failed())
                .build();
    }
}
