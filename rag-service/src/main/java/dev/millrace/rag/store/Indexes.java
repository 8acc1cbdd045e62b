package dev.millrace.rag.store;

import dev.millrace.rag.index.CollectionIndex;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** The collections' indexes, opened when first needed. Their folder belongs to this process alone. */
public final class Indexes implements AutoCloseable {
    private final Path folder;
    private final Map<String, CollectionIndex> open = new HashMap<>();
    private boolean closed;

    public Indexes(Path folder) {
        this.folder = folder;
    }

    /**
     * Who calls has found the collection by its tenant.
     */
    public synchronized CollectionIndex of(String tenant, String collection) {
        if (closed) {
            throw new IllegalStateException("the indexes are closed: the service is stopping");
        }
        return open.computeIfAbsent(collection, id -> new CollectionIndex(tenant, id, Folders.child(folder, id)));
    }

    /** Closes a collection's index and deletes it. */
    public synchronized void delete(String collection) {
        CollectionIndex index = open.remove(collection);
        if (index != null) {
            index.close();
        }
        Folders.delete(Folders.child(folder, collection));
    }

    @Override
    public synchronized void close() {
        closed = true;
        open.values().forEach(CollectionIndex::close);
        open.clear();
    }
}
