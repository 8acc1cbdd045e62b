package dev.millrace.rag.ingest;

import dev.millrace.rag.catalogue.CollectionTable;
import dev.millrace.rag.catalogue.DocumentTable;
import dev.millrace.rag.catalogue.StoredDocument;
import dev.millrace.rag.index.CollectionIndex;
import dev.millrace.rag.store.FileStore;
import dev.millrace.rag.store.Indexes;
import java.time.InstantSource;
import java.util.Optional;

/** Takes documents and collections away: final before it returns, also for what is being taken in meanwhile. */
public final class Deletion {
    private final CollectionTable collections;
    private final DocumentTable documents;
    private final FileStore files;
    private final Indexes indexes;
    private final InstantSource clock;

    public Deletion(
            CollectionTable collections,
            DocumentTable documents,
            FileStore files,
            Indexes indexes,
            InstantSource clock) {
        this.collections = collections;
        this.documents = documents;
        this.files = files;
        this.indexes = indexes;
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
        CollectionIndex index = indexes.of(tenant, collection);
        synchronized (index) {
            index.delete(id);
        }
        document.map(StoredDocument::contentHash)
                .filter(hash -> !hash.isEmpty() && !documents.usesContent(collection, hash))
                .ifPresent(hash -> files.delete(collection, hash));
        return deleted;
    }

    /** Whether the tenant had such a collection. */
    public boolean collection(String tenant, String id) {
        if (!collections.delete(tenant, id, clock.instant())) {
            return false;
        }
        indexes.delete(id);
        files.deleteCollection(id);
        return true;
    }
}
