package dev.millrace.rag.index.pgvector;

import dev.millrace.rag.index.IndexId;
import java.util.concurrent.locks.ReentrantLock;
import javax.sql.DataSource;

/** Keeps an index from being changed by others, here and in other processes, while its holder does. */
final class IndexLock implements AutoCloseable {
    private static final String KEY = "hashtextextended('millrace rag_index ' || ?, 0)";

    private final ReentrantLock here;
    private final IndexId id;
    private final Session session;

    IndexLock(DataSource database, IndexId id, ReentrantLock here) {
        this.here = here;
        this.id = id;
        here.lock();
        try {
            session = Session.open(database);
            try {
                // PostgreSQL lets it go if the connection breaks
                session.list(_ -> "", "select pg_advisory_lock(" + KEY + ")", id.key());
                session.commit();
            } catch (RuntimeException e) {
                session.close();
                throw e;
            }
        } catch (RuntimeException e) {
            here.unlock();
            throw e;
        }
    }

    /** On the connection that has the lock. */
    Session session() {
        return session;
    }

    @Override
    public void close() {
        try (session) {
            session.rollback();
            session.list(_ -> "", "select pg_advisory_unlock(" + KEY + ")", id.key());
            session.commit();
        } finally {
            here.unlock();
        }
    }
}
