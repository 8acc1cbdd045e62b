package dev.millrace.rag.index.pgvector;

import java.util.concurrent.locks.ReentrantLock;
import javax.sql.DataSource;

/** Keeps a collection from being changed by others, here and in other processes, while its holder does. */
final class CollectionLock implements AutoCloseable {
    private static final String KEY = "hashtextextended('millrace rag_index ' || ?, 0)";

    private final ReentrantLock here;
    private final String collection;
    private final Session session;

    CollectionLock(DataSource database, String collection, ReentrantLock here) {
        this.here = here;
        this.collection = collection;
        here.lock();
        try {
            session = Session.open(database);
            try {
                // PostgreSQL lets it go if the connection breaks
                session.list(_ -> "", "select pg_advisory_lock(" + KEY + ")", collection);
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
            session.list(_ -> "", "select pg_advisory_unlock(" + KEY + ")", collection);
            session.commit();
        } finally {
            here.unlock();
        }
    }
}
