package dev.millrace.rag.index;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
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
import org.apache.lucene.store.Directory;
import org.apache.lucene.util.quantization.QuantizedByteVectorValues.ScalarEncoding;
import org.jspecify.annotations.Nullable;

/** A collection's index in a folder that this process alone writes to. A change is on disk when its call returns. */
public final class LuceneIndex implements CollectionIndex, AutoCloseable {
    static final BM25Similarity BM25 = new BM25Similarity((float) Bm25.K1, (float) Bm25.B);

    /** Each segment has a graph of its own, and every search goes through all: merging costs little beside embedding. */
    private static final double SEGMENTS_PER_TIER = 4;
    /** Of a vector in the graph. */
    private static final int NEIGHBOURS = 16;
    /** That are looked at for a new vector's neighbours. */
    private static final int CANDIDATES = 100;
    /** That additions may take before they are a segment with a graph of its own. */
    private static final double BUFFER_MEGABYTES = 64;

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
    private final Directory directory;
    private final IndexWriter writer;
    private final SearcherManager searchers;
    private final ReentrantLock changing = new ReentrantLock();

    /**
     * @param folder is made where it doesn't exist
     */
    public LuceneIndex(String tenant, String collection, Path folder) {
        this.tenant = tenant;
        this.collection = collection;
        try {
            Files.createDirectories(folder);
            directory = new IndexDirectory(folder);
            IndexWriterConfig config = new IndexWriterConfig(Analysis.ANALYZER);
            config.setSimilarity(BM25);
            config.setCommitOnClose(false);
            config.setRAMBufferSizeMB(BUFFER_MEGABYTES);
            config.setCodec(new QuantizedVectors());
            TieredMergePolicy merges = new TieredMergePolicy().setSegmentsPerTier(SEGMENTS_PER_TIER);
            // one file for all of a segment would be mapped with its floats
            merges.setNoCFSRatio(0);
            config.setMergePolicy(merges);
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

    @Override
    public Changes change() {
        changing.lock();
        return new LockedChanges();
    }

    private final class LockedChanges implements Changes {
        @Override
        public void replace(IndexedDocument document) {
            commit(() -> add(document));
        }

        @Override
        public void delete(String document) {
            commit(() -> writer.deleteDocuments(new Term(Fields.DOCUMENT, document)));
        }

        @Override
        public void revise(String document, Map<String, AttributeValue> attributes, String fingerprint) {
            withSearcher(searcher -> Chunks.revised(searcher, document, attributes, fingerprint))
                    .ifPresent(this::replace);
        }

        @Override
        public void close() {
            changing.unlock();
        }
    }

    /** Replaces without a commit, which is most of the time of a single document. */
    void add(IndexedDocument document) throws IOException {
        writer.updateDocuments(new Term(Fields.DOCUMENT, document.id()), chunksOf(document));
    }

    void commit() {
        commit(() -> {});
    }

    private List<Document> chunksOf(IndexedDocument document) {
        return document.chunks().stream()
                .map(chunk -> Fields.document(tenant, collection, document, chunk))
                .toList();
    }

    private interface Change {
        void make() throws IOException;
    }

    private void commit(Change change) {
        try {
            change.make();
            writer.commit();
            searchers.maybeRefreshBlocking();
        } catch (IOException e) {
            throw new UncheckedIOException("the index of " + collection + " can't be changed", e);
        }
    }

    @Override
    public Optional<String> fingerprint(String document) {
        return withSearcher(searcher -> {
            ScoreDoc[] found = searcher.search(new TermQuery(new Term(Fields.DOCUMENT, document)), 1).scoreDocs;
            return found.length == 0
                    ? Optional.empty()
                    : Optional.of(searcher.storedFields().document(found[0].doc).get(Fields.FINGERPRINT));
        });
    }

    @Override
    public Map<String, String> fingerprints() {
        return withSearcher(Chunks::fingerprints);
    }

    @Override
    public Optional<Held> held(String document) {
        return withSearcher(searcher -> Chunks.held(searcher, document));
    }

    @Override
    public int chunks(String document) {
        return withSearcher(searcher -> searcher.count(new TermQuery(new Term(Fields.DOCUMENT, document))));
    }

    @Override
    public List<String> text(String document) {
        return withSearcher(searcher -> Chunks.text(searcher, document));
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
