package dev.millrace.rag.index.pgvector;

import dev.millrace.rag.index.AttributeValue;
import dev.millrace.rag.index.Attributes;
import dev.millrace.rag.index.CollectionIndex;
import dev.millrace.rag.index.DocumentText;
import dev.millrace.rag.index.IndexId;
import dev.millrace.rag.index.IndexedDocument;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiFunction;
import javax.sql.DataSource;

/** One index of a collection; it has a table once something is taken in. */
record PgvectorIndex(DataSource database, String tenant, IndexId id, ReentrantLock changing)
        implements CollectionIndex {
    @Override
    public Optional<String> fingerprint(String document) {
        return look((session, table) -> session
                        .list(
                                row -> row.getString(1),
                                "select fingerprint from " + table.name()
                                        + " where tenant = ? and document = ? limit 1",
                                tenant,
                                document)
                        .stream()
                        .findFirst())
                .flatMap(found -> found);
    }

    @Override
    public Map<String, String> fingerprints() {
        return look((session, table) -> table.fingerprints(session)).orElse(Map.of());
    }

    @Override
    public Optional<Held> held(String document) {
        return look((session, table) -> table.held(session, document)).flatMap(found -> found);
    }

    @Override
    public int chunks(String document) {
        return look((session, table) -> session.list(
                                row -> row.getInt(1),
                                "select count(*) from " + table.name() + " where tenant = ? and document = ?",
                                tenant,
                                document)
                        .getFirst())
                .orElse(0);
    }

    @Override
    public List<String> text(String document) {
        return look((session, table) -> DocumentText.pieces(table.ofDocument(session, document)))
                .orElse(List.of());
    }

    private <T> Optional<T> look(BiFunction<Session, ChunkTable, T> look) {
        try (Session session = Session.open(database)) {
            return ChunkTable.find(session, tenant, id).map(table -> look.apply(session, table));
        }
    }

    @Override
    public Changes change() {
        return new LockedChanges(new IndexLock(database, id, changing));
    }

    private final class LockedChanges implements Changes {
        private final IndexLock lock;
        private final Session session;

        LockedChanges(IndexLock lock) {
            this.lock = lock;
            this.session = lock.session();
        }

        @Override
        public void replace(IndexedDocument document) {
            if (document.chunks().isEmpty()) {
                delete(document.id());
                return;
            }
            int dimensions = document.chunks().getFirst().vector().length;
            ChunkTable.findOrMake(session, tenant, id, dimensions).ifPresent(table -> {
                table.delete(session, document.id());
                table.insert(session, document);
            });
            session.commit();
        }

        @Override
        public void delete(String document) {
            ChunkTable.find(session, tenant, id).ifPresent(table -> table.delete(session, document));
            session.commit();
        }

        @Override
        public void revise(String document, Map<String, AttributeValue> attributes, String fingerprint) {
            ChunkTable.find(session, tenant, id)
                    .ifPresent(table -> session.change(
                            "update " + table.name()
                                    + " set attributes = ?::jsonb, fingerprint = ? where tenant = ? and document = ?",
                            Attributes.json(attributes),
                            fingerprint,
                            tenant,
                            document));
            session.commit();
        }

        @Override
        public void close() {
            lock.close();
        }
    }
}
