package dev.millrace.rag.ingest;

import dev.millrace.rag.catalogue.BatchTable;
import dev.millrace.rag.catalogue.Catalogue;
import dev.millrace.rag.catalogue.CollectionTable;
import dev.millrace.rag.catalogue.DocumentCollection;
import dev.millrace.rag.catalogue.DocumentTable;
import dev.millrace.rag.catalogue.StoredDocument;
import dev.millrace.rag.index.Indexes;
import dev.millrace.rag.store.FileStore;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/** Takes documents and collections away: final before it returns, also for what is being taken in meanwhile. */
public final class Deletion {
    private final CollectionTable collections;
    private final DocumentTable documents;
    private final BatchTable batches;
    private final FileStore files;
    private final Indexes indexes;
    private final LiveIndex live;
    private final InstantSource clock;

    public Deletion(Catalogue catalogue, FileStore files, Indexes indexes, InstantSource clock) {
        this.collections = catalogue.collections();
        this.documents = catalogue.documents();
        this.batches = catalogue.batches();
        this.files = files;
        this.indexes = indexes;
        this.live = new LiveIndex(collections, indexes);
        this.clock = clock;
    }

    /**
     * Who calls has found the collection by its tenant.
     *
     * @return whether there was such a document
     */
    public boolean document(String tenant, String collection, String id) {
        Optional<StoredDocument> document = documents.find(collection, id);
        boolean deleted = documents.delete(collection, id, clock.instant());
        live.delete(tenant, collection, List.of(id));
        document.map(StoredDocument::contentHash)
                .filter(hash -> !hash.isEmpty() && !documents.usesContent(collection, hash))
                .ifPresent(hash -> files.delete(collection, hash));
        return deleted;
    }

    /** Gives up what a batch has in progress: none of it will be found. */
    public void batch(String tenant, String collection, String batch, String requestId) {
        // requests carry milliseconds: this one is later than any that it takes the place of
        Instant at = clock.instant().plusMillis(1);
        List<String> cancelled = batches.cancel(collection, batch, requestId, at);
        if (cancelled.isEmpty()) {
            return;
        }
        // what they were to replace is no longer what they are
        live.delete(tenant, collection, cancelled);
    }

    /** Deletes the documents of collections that nobody has used for as long as they are kept. */
    public void expired() {
        Instant now = clock.instant();
        for (DocumentCollection collection : collections.unused(now)) {
            if (collections.expire(collection.id(), now)) {
                documents.deleteAll(collection.id(), now);
                deleteAll(collection.id());
            }
        }
    }

    /** Whether the tenant had such a collection. */
    public boolean collection(String tenant, String id) {
        if (!collections.delete(tenant, id, clock.instant())) {
            return false;
        }
        deleteAll(id);
        return true;
    }

    private void deleteAll(String collection) {
        collections.indexes(collection).forEach(indexes::delete);
        files.deleteCollection(collection);
    }
}
