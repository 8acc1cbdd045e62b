package dev.millrace.rag.store;

import dev.millrace.rag.index.CollectionIndex;
import dev.millrace.rag.index.Hit;
import dev.millrace.rag.index.Indexes;
import dev.millrace.rag.index.LuceneIndex;
import dev.millrace.rag.index.LuceneSearch;
import dev.millrace.rag.index.Question;
import dev.millrace.rag.index.Scoring;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The collections' Lucene indexes, opened when first needed. Their folder belongs to this process alone. */
public final class LuceneIndexes implements Indexes {
    private final Path folder;
    private final Map<String, LuceneIndex> open = new HashMap<>();
    private boolean closed;

    public LuceneIndexes(Path folder) {
        this.folder = folder;
    }

    @Override
    public CollectionIndex of(String tenant, String collection) {
        return opened(tenant, collection);
    }

    private synchronized LuceneIndex opened(String tenant, String collection) {
        if (closed) {
            throw new IllegalStateException("the indexes are closed: the service is stopping");
        }
        return open.computeIfAbsent(collection, id -> new LuceneIndex(tenant, id, Folders.child(folder, id)));
    }

    @Override
    public List<Hit> search(List<String> collections, Question question, int count, Scoring scoring) {
        List<LuceneIndex> asked =
                collections.stream().map(id -> opened(question.tenant(), id)).toList();
        return LuceneSearch.search(asked, question, count, scoring);
    }

    @Override
    public synchronized void delete(String collection) {
        LuceneIndex index = open.remove(collection);
        if (index != null) {
            index.close();
        }
        Folders.delete(Folders.child(folder, collection));
    }

    @Override
    public synchronized void close() {
        closed = true;
        open.values().forEach(LuceneIndex::close);
        open.clear();
    }
}
