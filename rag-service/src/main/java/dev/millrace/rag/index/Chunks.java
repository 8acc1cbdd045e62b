package dev.millrace.rag.index;

import dev.millrace.rag.index.CollectionIndex.Held;
import dev.millrace.rag.index.IndexedDocument.IndexedChunk;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.apache.lucene.document.Document;
import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.index.KnnVectorValues;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.PostingsEnum;
import org.apache.lucene.index.StoredFields;
import org.apache.lucene.index.Term;
import org.apache.lucene.index.Terms;
import org.apache.lucene.index.TermsEnum;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.BytesRef;
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

    /** All of it, but for the vectors. */
    static Optional<Held> held(IndexSearcher searcher, String document) throws IOException {
        List<String> fingerprints = new ArrayList<>();
        List<Hit> chunks = new ArrayList<>();
        each(searcher, document, (_, _, stored) -> {
            fingerprints.add(stored.get(Fields.FINGERPRINT));
            chunks.add(Fields.hit(stored, 0, Nearness.UNASKED));
        });
        chunks.sort(Comparator.comparingInt(Hit::start));
        return chunks.isEmpty() ? Optional.empty() : Optional.of(new Held(fingerprints.getFirst(), chunks));
    }

    /** By document. */
    static Map<String, String> fingerprints(IndexSearcher searcher) throws IOException {
        Map<String, String> fingerprints = new HashMap<>();
        for (LeafReaderContext context : searcher.getLeafContexts()) {
            @Nullable Terms documents = context.reader().terms(Fields.DOCUMENT);
            if (documents == null) {
                continue;
            }
            @Nullable Bits live = context.reader().getLiveDocs();
            StoredFields stored = context.reader().storedFields();
            TermsEnum each = documents.iterator();
            for (@Nullable BytesRef document = each.next(); document != null; document = each.next()) {
                OptionalInt chunk = first(each.postings(null, PostingsEnum.NONE), live);
                if (chunk.isPresent()) {
                    fingerprints.put(
                            document.utf8ToString(),
                            stored.document(chunk.getAsInt(), Set.of(Fields.FINGERPRINT))
                                    .get(Fields.FINGERPRINT));
                }
            }
        }
        return fingerprints;
    }

    private static OptionalInt first(PostingsEnum found, @Nullable Bits live) throws IOException {
        for (int id = found.nextDoc(); id != DocIdSetIterator.NO_MORE_DOCS; id = found.nextDoc()) {
            if (live == null || live.get(id)) {
                return OptionalInt.of(id);
            }
        }
        return OptionalInt.empty();
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
