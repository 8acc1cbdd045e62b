package dev.millrace.rag.store;

import dev.millrace.rag.index.CollectionIndex;
import dev.millrace.rag.index.Hit;
import dev.millrace.rag.index.IndexId;
import dev.millrace.rag.index.Indexes;
import dev.millrace.rag.index.LuceneIndex;
import dev.millrace.rag.index.LuceneSearch;
import dev.millrace.rag.index.Question;
import dev.millrace.rag.index.Scoring;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The collections' Lucene indexes, opened when first needed. Their folder belongs to this process alone. */
public final class LuceneIndexes implements Indexes {
    private final Path folder;
    private final Map<IndexId, LuceneIndex> open = new HashMap<>();
    private boolean closed;

    public LuceneIndexes(Path folder) {
        this.folder = folder;
    }

    @Override
    public CollectionIndex of(String tenant, IndexId id) {
        return opened(tenant, id);
    }

    private synchronized LuceneIndex opened(String tenant, IndexId id) {
        if (closed) {
            throw new IllegalStateException("the indexes are closed: the service is stopping");
        }
        return open.computeIfAbsent(id, _ -> new LuceneIndex(tenant, id.collection(), folder(id)));
    }

    /** A question leaves nothing behind where an index was deleted while it was asked. */
    private synchronized boolean exists(IndexId id) {
        return open.containsKey(id) || Files.exists(folder(id));
    }

    private Path folder(IndexId id) {
        return Folders.child(folder, id.key());
    }

    @Override
    public List<Hit> search(List<IndexId> indexes, Question question, int count, Scoring scoring) {
        List<LuceneIndex> asked = indexes.stream()
                .filter(this::exists)
                .map(id -> opened(question.tenant(), id))
                .toList();
        return asked.isEmpty() ? List.of() : LuceneSearch.search(asked, question, count, scoring);
    }

    @Override
    public synchronized void delete(IndexId id) {
        LuceneIndex index = open.remove(id);
        if (index != null) {
            index.close();
        }
        Folders.delete(folder(id));
    }

    @Override
    public synchronized void close() {
        closed = true;
        open.values().forEach(LuceneIndex::close);
        open.clear();
    }
}
