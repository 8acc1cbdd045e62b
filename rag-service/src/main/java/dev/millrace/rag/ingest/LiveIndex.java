package dev.millrace.rag.ingest;

import dev.millrace.rag.catalogue.CollectionTable;
import dev.millrace.rag.catalogue.DocumentCollection;
import dev.millrace.rag.index.CollectionIndex.Changes;
import dev.millrace.rag.index.IndexId;
import dev.millrace.rag.index.Indexes;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Changes the index that a collection answers by: while it does, no other takes that index's place. */
final class LiveIndex {
    private final CollectionTable collections;
    private final Indexes indexes;

    LiveIndex(CollectionTable collections, Indexes indexes) {
        this.collections = collections;
        this.indexes = indexes;
    }

    /**
     * Empty also where the tenant has no such collection any more.
     */
    <T> Optional<T> change(String tenant, String collection, Function<Changes, Optional<T>> work) {
        while (true) {
            Optional<IndexId> index = collections.find(tenant, collection).map(DocumentCollection::index);
            if (index.isEmpty()) {
                return Optional.empty();
            }
            try (Changes changes = indexes.of(tenant, index.get()).change()) {
                if (answers(index.get())) {
                    return work.apply(changes);
                }
            }
        }
    }

    void delete(String tenant, String collection, List<String> documents) {
        change(tenant, collection, changes -> {
            documents.forEach(changes::delete);
            return Optional.empty();
        });
    }

    /** Whether a collection answers by an index, which stays so while that is open for change. */
    boolean answers(IndexId index) {
        return collections.answering(List.of(index.collection())).contains(index);
    }
}
