package dev.millrace.rag.index;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field.Store;
import org.apache.lucene.document.TextField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.NoMergePolicy;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.store.ByteBuffersDirectory;

/** How near texts are to a question by words, as though they were a collection. */
public final class WordMatch {
    private static final float[] NO_VECTOR = {};

    private WordMatch() {}

    /** For each text what {@link Nearness#words} is for a chunk. */
    public static double[] of(String question, List<String> texts) {
        // without merges the texts stay in their order
        IndexWriterConfig config = new IndexWriterConfig(Analysis.ANALYZER).setMergePolicy(NoMergePolicy.INSTANCE);
        try (ByteBuffersDirectory memory = new ByteBuffersDirectory();
                IndexWriter writer = new IndexWriter(memory, config)) {
            for (String text : texts) {
                Document document = new Document();
                document.add(new TextField(Analysis.field(text), text, Store.NO));
                writer.addDocument(document);
            }
            try (DirectoryReader reader = DirectoryReader.open(writer)) {
                ScoreDoc[] all = IntStream.range(0, texts.size())
                        .mapToObj(i -> new ScoreDoc(i, 0))
                        .toArray(ScoreDoc[]::new);
                Nearness[] nearness = new Measure(new IndexSearcher(reader)).of(question, NO_VECTOR, all);
                return Arrays.stream(nearness).mapToDouble(Nearness::words).toArray();
            }
        } catch (IOException e) {
            throw new UncheckedIOException("an index in memory can't be written", e);
        }
    }
}
