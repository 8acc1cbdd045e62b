package dev.millrace.rag.index.pgvector;

import dev.millrace.rag.index.CollectionIndex;
import dev.millrace.rag.index.Hit;
import dev.millrace.rag.index.IndexId;
import dev.millrace.rag.index.Indexes;
import dev.millrace.rag.index.Question;
import dev.millrace.rag.index.Scoring;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.locks.ReentrantLock;
import javax.sql.DataSource;

/** The collections' indexes in a PostgreSQL that has the schema {@code rag_index}, beside which others may use it. */
public final class PgvectorIndexes implements Indexes {
    /** Of the chunks with a question's words, by its rarest: more take longer and change hardly anything. */
    private static final long MOST_SCORED = 5_000;

    private final DataSource database;
    private final long mostScored;
    /** So that those of this process who wait for an index don't hold a connection each. */
    private final ConcurrentMap<IndexId, ReentrantLock> changing = new ConcurrentHashMap<>();

    /**
     * @param database whose connections aren't needed for anything else by whoever changes an index
     */
    public PgvectorIndexes(DataSource database) {
        this(database, MOST_SCORED);
    }

    PgvectorIndexes(DataSource database, long mostScored) {
        this.database = database;
        this.mostScored = mostScored;
    }

    @Override
    public CollectionIndex of(String tenant, IndexId id) {
        return new PgvectorIndex(database, tenant, id, lock(id));
    }

    private ReentrantLock lock(IndexId id) {
        return changing.computeIfAbsent(id, _ -> new ReentrantLock());
    }

    @Override
    public void delete(IndexId id) {
        try (IndexLock lock = new IndexLock(database, id, lock(id))) {
            ChunkTable.drop(lock.session(), id);
            lock.session().commit();
        }
    }

    @Override
    public List<Hit> search(List<IndexId> indexes, Question question, int count, Scoring scoring) {
        try (Session session = Session.open(database)) {
            List<ChunkTable> tables = indexes.stream()
                    .distinct()
                    .map(id -> ChunkTable.find(session, question.tenant(), id))
                    .flatMap(Optional::stream)
                    .toList();
            return tables.isEmpty()
                    ? List.of()
                    : new PgvectorSearch(session, tables, question, mostScored).hits(count, scoring);
        }
    }

    /** The connections are their maker's. */
    @Override
    public void close() {}
}
