package dev.millrace.rag.index;

import dev.millrace.rag.index.IndexedDocument.IndexedChunk;
import dev.millrace.rag.text.Pages;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** An index of documents of one chunk each, filled without a commit for each. */
public final class BenchmarkIndex implements AutoCloseable {
    public static final String TENANT = "t";
    /** The attribute that has a document's own id: what is to be left out is filtered by it. */
    public static final String ID = "id";

    private final Path folder;
    private final CollectionIndex index;

    public BenchmarkIndex(Path folder) {
        this.folder = folder;
        index = new CollectionIndex(TENANT, "c", folder);
    }

    /** In a folder of its own within {@code parent}; {@link #delete} takes it away. */
    public static BenchmarkIndex of(Path parent, List<String> ids, List<String> texts, float[][] vectors)
            throws IOException {
        BenchmarkIndex made = new BenchmarkIndex(Files.createTempDirectory(Files.createDirectories(parent), "index"));
        for (int i = 0; i < vectors.length; i++) {
            made.add(ids.get(i), texts.get(i), vectors[i]);
        }
        made.commit();
        return made;
    }

    public void add(String id, String text, float[] vector) throws IOException {
        IndexedChunk chunk = new IndexedChunk(text, 0, text.length(), Pages.NONE, "", vector);
        Map<String, AttributeValue> attributes = Map.of(ID, new AttributeValue.Text(id));
        index.add(new IndexedDocument(id, id, "", attributes, List.of(chunk)));
    }

    public void commit() {
        index.commit();
    }

    public CollectionIndex index() {
        return index;
    }

    public long bytes() throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.mapToLong(file -> file.toFile().length()).sum();
        }
    }

    @Override
    public void close() {
        index.close();
    }

    public void delete() throws IOException {
        close();
        try (Stream<Path> files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder())
                    .forEach(file -> file.toFile().delete());
        }
    }
}
