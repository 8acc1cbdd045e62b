package dev.millrace.rag.index;

import dev.millrace.rag.index.IndexedDocument.IndexedChunk;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.lucene.document.Document;
import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.index.KnnVectorValues;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.PostingsEnum;
import org.apache.lucene.index.StoredFields;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.util.Bits;
import org.jspecify.annotations.Nullable;

/** All chunks of one document, read back from the index. */
final class Chunks {
    private Chunks() {}

    private interface Taker {
        void take(LeafReader leaf, int id, Document stored) throws IOException;
    }

    /** The document with other attributes, its text and vectors as they were; empty where the index doesn't have it. */
    static Optional<IndexedDocument> revised(
            IndexSearcher searcher, String document, Map<String, AttributeValue> attributes, String fingerprint)
            throws IOException {
        List<IndexedChunk> chunks = new ArrayList<>();
        List<String> filenames = new ArrayList<>();
        each(searcher, document, (leaf, id, stored) -> {
            Hit hit = Fields.hit(stored, 0, Nearness.UNASKED);
            chunks.add(
                    new IndexedChunk(hit.text(), hit.start(), hit.end(), hit.pages(), hit.heading(), vector(leaf, id)));
            filenames.add(hit.filename());
        });
        return chunks.isEmpty()
                ? Optional.empty()
                : Optional.of(new IndexedDocument(document, filenames.getFirst(), fingerprint, attributes, chunks));
    }

    private static float[] vector(LeafReader leaf, int id) throws IOException {
        FloatVectorValues vectors = leaf.getFloatVectorValues(Fields.VECTOR);
        KnnVectorValues.DocIndexIterator iterator = vectors.iterator();
        if (iterator.advance(id) != id) {
            throw new IllegalStateException("chunk " + id + " has no vector");
        }
        return vectors.vectorValue(iterator.index()).clone();
    }

    /** Its text in order, each piece without what the one before has of it already. */
    static List<String> text(IndexSearcher searcher, String document) throws IOException {
        List<Hit> chunks = new ArrayList<>();
        each(searcher, document, (_, _, stored) -> chunks.add(Fields.hit(stored, 0, Nearness.UNASKED)));
        return DocumentText.pieces(chunks);
    }

    private static void each(IndexSearcher searcher, String document, Taker taker) throws IOException {
        for (LeafReaderContext context : searcher.getLeafContexts()) {
            LeafReader leaf = context.reader();
            @Nullable PostingsEnum found = leaf.postings(new Term(Fields.DOCUMENT, document), PostingsEnum.NONE);
            if (found == null) {
                continue;
            }
            @Nullable Bits live = leaf.getLiveDocs();
            StoredFields stored = leaf.storedFields();
            for (int id = found.nextDoc(); id != DocIdSetIterator.NO_MORE_DOCS; id = found.nextDoc()) {
                if (live == null || live.get(id)) {
                    taker.take(leaf, id, stored.document(id));
                }
            }
        }
    }
}
