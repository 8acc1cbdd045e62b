package dev.millrace.rag.index.pgvector;

import dev.millrace.rag.index.CollectionIndex;
import dev.millrace.rag.index.Hit;
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
    /** So that those of this process who wait for a collection don't hold a connection each. */
    private final ConcurrentMap<String, ReentrantLock> changing = new ConcurrentHashMap<>();

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
    public CollectionIndex of(String tenant, String collection) {
        return new PgvectorIndex(database, tenant, collection, lock(collection));
    }

    private ReentrantLock lock(String collection) {
        return changing.computeIfAbsent(collection, _ -> new ReentrantLock());
    }

    @Override
    public void delete(String collection) {
        try (CollectionLock lock = new CollectionLock(database, collection, lock(collection))) {
            ChunkTable.drop(lock.session(), collection);
            lock.session().commit();
        }
    }

    @Override
    public List<Hit> search(List<String> collections, Question question, int count, Scoring scoring) {
        try (Session session = Session.open(database)) {
            List<ChunkTable> tables = collections.stream()
                    .distinct()
                    .map(collection -> ChunkTable.find(session, question.tenant(), collection))
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
