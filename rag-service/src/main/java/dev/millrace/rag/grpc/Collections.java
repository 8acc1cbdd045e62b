package dev.millrace.rag.grpc;

import dev.millrace.contracts.v1.Collection;
import dev.millrace.contracts.v1.CreateCollectionRequest;
import dev.millrace.contracts.v1.ListCollectionsRequest;
import dev.millrace.contracts.v1.ListCollectionsResponse;
import dev.millrace.contracts.v1.ReEmbedding;
import dev.millrace.contracts.v1.UpdateCollectionRequest;
import dev.millrace.rag.catalogue.Catalogue;
import dev.millrace.rag.catalogue.CollectionTable;
import dev.millrace.rag.catalogue.DocumentCollection;
import dev.millrace.rag.catalogue.DocumentCollection.Counted;
import dev.millrace.rag.catalogue.DocumentCollection.Counts;
import dev.millrace.rag.catalogue.DocumentCollection.Description;
import dev.millrace.rag.catalogue.DocumentCollection.Embedding;
import dev.millrace.rag.catalogue.DocumentCollection.Lifetime;
import dev.millrace.rag.catalogue.Page;
import dev.millrace.rag.catalogue.ReEmbeddingTable;
import dev.millrace.rag.embed.EncoderModel;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** Collections of a tenant. */
final class Collections {
    private static final SecureRandom RANDOM = new SecureRandom();

    private final CollectionTable table;
    private final ReEmbeddingTable reEmbeddings;
    private final String defaultModel;
    private final InstantSource clock;

    Collections(Catalogue catalogue, String defaultModel, InstantSource clock) {
        this.table = catalogue.collections();
        this.reEmbeddings = catalogue.reEmbeddings();
        this.defaultModel = defaultModel;
        this.clock = clock;
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

    /** The default where none is named. */
    String model(String named) {
        return known(named.isEmpty() ? defaultModel : named);
    }

    private static String known(String model) {
        return checked("model", () -> EncoderModel.named(model)).name();
    }

    private static <T> T checked(String param, Supplier<T> made) {
        try {
            return made.get();
        } catch (IllegalArgumentException e) {
            throw Errors.invalidValue(param, String.valueOf(e.getMessage()));
        }
    }

    private static OptionalInt days(int days) {
        return days == 0 ? OptionalInt.empty() : OptionalInt.of(days);
    }

    Collection create(CreateCollectionRequest request) {
        Instant at = clock.instant();
        DocumentCollection collection = new DocumentCollection(
                id("vs_"),
                tenant(request.getTenant()),
                Embedding.first(model(request.getModel())),
                at,
                checked(
                        "metadata",
                        () -> new Description(request.getName(), request.getDescription(), request.getMetadataMap())),
                checked(
                        "expires_after_days",
                        () -> new Lifetime(days(request.getExpiresAfterDays()), at, Optional.empty())));
        table.insert(collection);
        return message(new Counted(collection, Counts.NONE));
    }

    Collection update(UpdateCollectionRequest request) {
        DocumentCollection before = find(request.getTenant(), request.getId());
        Description description = before.description();
        Lifetime lifetime = before.lifetime();
        Optional<String> model = request.hasModel() ? Optional.of(known(request.getModel())) : Optional.empty();
        table.update(new DocumentCollection(
                before.id(),
                before.tenant(),
                before.embedding(),
                before.createdAt(),
                checked(
                        "metadata",
                        () -> new Description(
                                request.hasName() ? request.getName() : description.name(),
                                description.text(),
                                request.hasMetadata()
                                        ? request.getMetadata().getEntriesMap()
                                        : description.metadata())),
                checked(
                        "expires_after_days",
                        () -> new Lifetime(
                                request.hasExpiresAfterDays()
                                        ? days(request.getExpiresAfterDays())
                                        : lifetime.expiresAfterDays(),
                                lifetime.lastActiveAt(),
                                lifetime.expiredAt()))));
        model.ifPresent(asked -> reEmbeddings.request(before.id(), asked, clock.instant()));
        return shown(request.getTenant(), request.getId());
    }

    /** One that can be used. */
    DocumentCollection find(String tenant, String id) {
        DocumentCollection found = table.find(tenant(tenant), id).orElseThrow(() -> Errors.collectionNotFound(id));
        if (found.lifetime().hasEnded(clock.instant())) {
            throw Errors.collectionExpired(id);
        }
        return found;
    }

    /** The same, which counts as use of it. */
    DocumentCollection used(String tenant, String id) {
        DocumentCollection found = find(tenant, id);
        table.active(found, clock.instant());
        return found;
    }

    List<DocumentCollection> findAll(String tenant, List<String> ids) {
        if (ids.isEmpty()) {
            throw Errors.invalidValue("collection_ids", "collection_ids must name one or more, named none");
        }
        List<DocumentCollection> found =
                ids.stream().distinct().map(id -> used(tenant, id)).toList();
        if (found.stream().map(DocumentCollection::model).distinct().count() > 1) {
            throw Errors.invalidValue(
                    "collection_ids",
                    "collections that are searched together must have one embedding model, had several");
        }
        return found;
    }

    /** Whether collections that were found still answer by the same indexes. */
    boolean answer(List<DocumentCollection> found) {
        return Set.copyOf(table.answering(
                        found.stream().map(DocumentCollection::id).toList()))
                .equals(found.stream().map(DocumentCollection::index).collect(Collectors.toSet()));
    }

    ListCollectionsResponse list(ListCollectionsRequest request) {
        String tenant = tenant(request.getTenant());
        Page page = Pages.of(
                request.getPage(), id -> table.find(tenant, id).map(one -> new Page.Cursor(one.createdAt(), one.id())));
        Page.Part<Counted> part = table.list(tenant, request.getName(), page);
        return ListCollectionsResponse.newBuilder()
                .addAllCollections(part.elements().stream().map(this::message).toList())
                .setHasMore(part.hasMore())
                .build();
    }

    /** Also one that has expired. */
    Collection shown(String tenant, String id) {
        return table.counted(tenant(tenant), id).map(this::message).orElseThrow(() -> Errors.collectionNotFound(id));
    }

    private Collection message(Counted counted) {
        DocumentCollection collection = counted.collection();
        Counts counts = counted.counts();
        Lifetime lifetime = collection.lifetime();
        Collection.Builder message = Collection.newBuilder()
                .setId(collection.id())
                .setName(collection.description().name())
                .setDescription(collection.description().text())
                .putAllMetadata(collection.description().metadata())
                .setModel(collection.model())
                .setCreatedAtMillis(collection.createdAt().toEpochMilli())
                .setDocumentsInProgress(counts.inProgress())
                .setDocumentsCompleted(counts.completed())
                .setDocumentsFailed(counts.failed())
                .setDocumentsCancelled(counts.cancelled())
                .setBytes(counts.bytes())
                .setLastActiveAtMillis(lifetime.lastActiveAt().toEpochMilli())
                .setExpired(lifetime.hasEnded(clock.instant()));
        collection
                .embedding()
                .next()
                .filter(_ -> !message.getExpired())
                .ifPresent(next -> message.setReEmbedding(ReEmbedding.newBuilder()
                        .setModel(next.model())
                        .setDocumentsDone(next.done())
                        .setDocuments(next.documents())));
        lifetime.expiresAfterDays().ifPresent(message::setExpiresAfterDays);
        lifetime.expiresAt().ifPresent(end -> message.setExpiresAtMillis(end.toEpochMilli()));
        return message.build();
    }
}
