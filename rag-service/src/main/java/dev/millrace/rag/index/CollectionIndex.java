package dev.millrace.rag.index;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.codecs.lucene104.Lucene104Codec;
import org.apache.lucene.codecs.lucene104.Lucene104HnswScalarQuantizedVectorsFormat;
import org.apache.lucene.document.Document;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.Term;
import org.apache.lucene.index.TieredMergePolicy;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.SearcherFactory;
import org.apache.lucene.search.SearcherManager;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.search.similarities.BM25Similarity;
import org.apache.lucene.store.FSDirectory;
import org.apache.lucene.util.quantization.QuantizedByteVectorValues.ScalarEncoding;
import org.jspecify.annotations.Nullable;

/**
 * The index of one collection, in a folder that this process alone writes to. A change is on disk, and seen by every
 * search that begins, when its call returns; a document's chunks come and go together.
 */
public final class CollectionIndex implements AutoCloseable {
    /** As Anserini has them, and every figure that ours are beside. */
    static final BM25Similarity BM25 = new BM25Similarity(0.9f, 0.4f);

    /** Each segment has a graph of its own, and every search goes through all: merging costs little beside embedding. */
    private static final double SEGMENTS_PER_TIER = 4;
    /** Of a vector in the graph. */
    private static final int NEIGHBOURS = 16;
    /** That are looked at for a new vector's neighbours. */
    private static final int CANDIDATES = 100;

    /** Graphs over vectors of 8 bits; the floats lie beside them, for what was found and for merges. */
    private static final class QuantizedVectors extends Lucene104Codec {
        private final KnnVectorsFormat format =
                new Lucene104HnswScalarQuantizedVectorsFormat(ScalarEncoding.UNSIGNED_BYTE, NEIGHBOURS, CANDIDATES);

        @Override
        public KnnVectorsFormat getKnnVectorsFormatForField(String field) {
            return format;
        }
    }

    private final String tenant;
    private final String collection;
    private final FSDirectory directory;
    private final IndexWriter writer;
    private final SearcherManager searchers;

    /**
     * @param folder is made where it doesn't exist
     */
    public CollectionIndex(String tenant, String collection, Path folder) {
        this.tenant = tenant;
        this.collection = collection;
        try {
            Files.createDirectories(folder);
            directory = FSDirectory.open(folder);
            IndexWriterConfig config = new IndexWriterConfig(Analysis.ANALYZER);
            config.setSimilarity(BM25);
            config.setCommitOnClose(false);
            config.setCodec(new QuantizedVectors());
            config.setMergePolicy(new TieredMergePolicy().setSegmentsPerTier(SEGMENTS_PER_TIER));
            writer = new IndexWriter(directory, config);
            searchers = new SearcherManager(writer, new SearcherFactory() {
                @Override
                public IndexSearcher newSearcher(IndexReader reader, @Nullable IndexReader previous) {
                    IndexSearcher searcher = new IndexSearcher(reader);
                    searcher.setSimilarity(BM25);
                    return searcher;
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException("the index in " + folder + " can't be opened", e);
        }
    }

    /** Adds a document, or puts it in the place of the one that has its id. */
    public void replace(IndexedDocument document) {
        change(() -> writer.updateDocuments(new Term(Fields.DOCUMENT, document.id()), chunksOf(document)));
    }

    /** Removes a document, where there is one of that id. */
    public void delete(String document) {
        change(() -> writer.deleteDocuments(new Term(Fields.DOCUMENT, document)));
    }

    /** For tests: replaces without a commit, which is most of the time of a single document. */
    void add(IndexedDocument document) throws IOException {
        writer.updateDocuments(new Term(Fields.DOCUMENT, document.id()), chunksOf(document));
    }

    void commit() {
        change(() -> {});
    }

    private List<Document> chunksOf(IndexedDocument document) {
        return document.chunks().stream()
                .map(chunk -> Fields.document(tenant, collection, document, chunk))
                .toList();
    }

    private interface Change {
        void make() throws IOException;
    }

    private synchronized void change(Change change) {
        try {
            change.make();
            writer.commit();
            searchers.maybeRefreshBlocking();
        } catch (IOException e) {
            throw new UncheckedIOException("the index of " + collection + " can't be changed", e);
        }
    }

    /** What the chunks of a document were made from; empty where it has none. */
    public Optional<String> fingerprint(String document) {
        return withSearcher(searcher -> {
            ScoreDoc[] found = searcher.search(new TermQuery(new Term(Fields.DOCUMENT, document)), 1).scoreDocs;
            return found.length == 0
                    ? Optional.empty()
                    : Optional.of(searcher.storedFields().document(found[0].doc).get(Fields.FINGERPRINT));
        });
    }

    /** How many chunks of a document there are. */
    public int chunks(String document) {
        return withSearcher(searcher -> searcher.count(new TermQuery(new Term(Fields.DOCUMENT, document))));
    }

    /** The text of a document in pieces that don't overlap; none where there is no such document. */
    public List<String> text(String document) {
        return withSearcher(searcher -> Chunks.text(searcher, document));
    }

    /** Gives a document other attributes; what is not in the index stays away. */
    public void revise(String document, Map<String, AttributeValue> attributes, String fingerprint) {
        withSearcher(searcher -> Chunks.revised(searcher, document, attributes, fingerprint))
                .ifPresent(this::replace);
    }

    private interface Look<T> {
        T at(IndexSearcher searcher) throws IOException;
    }

    private <T> T withSearcher(Look<T> look) {
        try {
            IndexSearcher searcher = searchers.acquire();
            try {
                return look.at(searcher);
            } finally {
                searchers.release(searcher);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the index of " + collection + " can't be read", e);
        }
    }

    SearcherManager searchers() {
        return searchers;
    }

    @Override
    public void close() {
        try {
            searchers.close();
            writer.close();
            directory.close();
        } catch (IOException e) {
            throw new UncheckedIOException("the index of " + collection + " can't be closed", e);
        }
    }
}
