package dev.millrace.rag.index;

import dev.millrace.rag.PgvectorServer;
import dev.millrace.rag.database.PgvectorDatabase;
import dev.millrace.rag.index.CollectionIndex.Changes;
import dev.millrace.rag.index.IndexedDocument.IndexedChunk;
import dev.millrace.rag.index.pgvector.PgvectorIndexes;
import dev.millrace.rag.store.LuceneIndexes;
import dev.millrace.rag.text.Pages;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** An index of documents of one chunk each; Lucene's is filled without a commit for each. */
public final class BenchmarkIndex implements AutoCloseable {
    public static final String TENANT = "t";
    public static final String COLLECTION = "c";
    /** The attribute that has a document's own id: what is to be left out is filtered by it. */
    public static final String ID = "id";

    private final Indexes indexes;
    private final Storage storage;

    /** What is different where chunks lie elsewhere. */
    private interface Storage {
        void add(IndexedDocument document) throws IOException;

        /** Makes what was added found, as fast as it will be. */
        void commit() throws IOException;

        long bytes() throws IOException;

        void close();

        void delete() throws IOException;
    }

    private BenchmarkIndex(Indexes indexes, Storage storage) {
        this.indexes = indexes;
        this.storage = storage;
    }

    public BenchmarkIndex(Path folder) {
        this(new LuceneIndexes(folder), folder);
    }

    private BenchmarkIndex(LuceneIndexes indexes, Path folder) {
        this(indexes, new InFolder((LuceneIndex) indexes.of(TENANT, IndexId.first(COLLECTION)), folder));
    }

    /** In a folder of its own within {@code parent}; {@link #delete} takes it away. */
    public static BenchmarkIndex of(Path parent, List<String> ids, List<String> texts, float[][] vectors)
            throws IOException {
        BenchmarkIndex made = new BenchmarkIndex(Files.createTempDirectory(Files.createDirectories(parent), "index"));
        made.addAll(ids, texts, vectors);
        return made;
    }

    /** In a new database of the tests' server, which ends with this process. */
    public static BenchmarkIndex inPgvector() throws IOException {
        try {
            PgvectorDatabase database = new PgvectorDatabase(PgvectorServer.newDatabase(), "postgres", "");
            Indexes indexes = new PgvectorIndexes(database.database());
            return new BenchmarkIndex(indexes, new InDatabase(indexes.of(TENANT, IndexId.first(COLLECTION)), database));
        } catch (SQLException e) {
            throw new IOException(e);
        }
    }

    public void addAll(List<String> ids, List<String> texts, float[][] vectors) throws IOException {
        for (int i = 0; i < vectors.length; i++) {
            add(ids.get(i), texts.get(i), vectors[i]);
        }
        commit();
    }

    public void add(String id, String text, float[] vector) throws IOException {
        IndexedChunk chunk = new IndexedChunk(text, 0, text.length(), Pages.NONE, "", vector);
        Map<String, AttributeValue> attributes = Map.of(ID, new AttributeValue.Text(id));
        storage.add(new IndexedDocument(id, id, "", attributes, List.of(chunk)));
    }

    public void commit() throws IOException {
        storage.commit();
    }

    public Indexes indexes() {
        return indexes;
    }

    public long bytes() throws IOException {
        return storage.bytes();
    }

    @Override
    public void close() {
        indexes.close();
        storage.close();
    }

    public void delete() throws IOException {
        close();
        storage.delete();
    }

    private record InFolder(LuceneIndex index, Path folder) implements Storage {
        @Override
        public void add(IndexedDocument document) throws IOException {
            index.add(document);
        }

        @Override
        public void commit() {
            index.commit();
        }

        @Override
        public long bytes() throws IOException {
            try (Stream<Path> files = Files.walk(folder)) {
                return files.mapToLong(file -> file.toFile().length()).sum();
            }
        }

        @Override
        public void close() {}

        @Override
        public void delete() throws IOException {
            try (Stream<Path> files = Files.walk(folder)) {
                files.sorted(Comparator.reverseOrder())
                        .forEach(file -> file.toFile().delete());
            }
        }
    }

    private record InDatabase(CollectionIndex index, PgvectorDatabase database) implements Storage {
        @Override
        public void add(IndexedDocument document) {
            try (Changes changes = index.change()) {
                changes.replace(document);
            }
        }

        /** As autovacuum would, within a minute. */
        @Override
        public void commit() throws IOException {
            try (Connection connection = database.database().getConnection();
                    Statement statement = connection.createStatement()) {
                statement.execute("vacuum analyze");
            } catch (SQLException e) {
                throw new IOException(e);
            }
        }

        @Override
        public long bytes() throws IOException {
            try (Connection connection = database.database().getConnection();
                    Statement statement = connection.createStatement();
                    ResultSet size = statement.executeQuery("select pg_database_size(current_database())")) {
                size.next();
                return size.getLong(1);
            } catch (SQLException e) {
                throw new IOException(e);
            }
        }

        @Override
        public void close() {
            database.close();
        }

        /** The database goes with its server. */
        @Override
        public void delete() {}
    }
}
