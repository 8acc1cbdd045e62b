package dev.millrace.rag.index;

import java.io.IOException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.index.KnnVectorValues;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.ReaderUtil;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.Scorer;
import org.apache.lucene.search.Weight;
import org.apache.lucene.search.similarities.BM25Similarity;
import org.apache.lucene.util.VectorUtil;
import org.jspecify.annotations.Nullable;

/** Measures how near chunks are to a question: those that were found, by both ways, whichever found them. */
final class Measure {
    private final IndexSearcher searcher;

    /**
     * @param searcher of the chunks
     */
    Measure(IndexSearcher searcher) {
        this.searcher = new IndexSearcher(searcher.getIndexReader());
        this.searcher.setSimilarity(new SteadyBm25());
    }

    private static final class SteadyBm25 extends BM25Similarity {
        SteadyBm25() {
            super(LuceneIndex.BM25.getK1(), LuceneIndex.BM25.getB());
        }

        @Override
        protected float idf(long docFreq, long docCount) {
            return (float) Bm25.steadyWeight(docFreq, docCount);
        }
    }

    /** One for each of the chunks, in their order. */
    Nearness[] of(String text, float[] vector, ScoreDoc[] found) throws IOException {
        List<Analysis.Word> words = Analysis.askedAbout(text);
        double all = weight(words);
        Weight weight =
                searcher.createWeight(searcher.rewrite(Analysis.anyOf(words).build()), ScoreMode.COMPLETE, 1);
        Nearness[] measured = new Nearness[found.length];
        int leaf = -1;
        @Nullable FloatVectorValues vectors = null;
        @Nullable Scorer scorer = null;
        for (int i : byChunk(found)) {
            int of = ReaderUtil.subIndex(found[i].doc, searcher.getLeafContexts());
            LeafReaderContext context = searcher.getLeafContexts().get(of);
            if (of != leaf) {
                leaf = of;
                vectors = context.reader().getFloatVectorValues(Fields.VECTOR);
                scorer = weight.scorer(context);
            }
            int chunk = found[i].doc - context.docBase;
            measured[i] = new Nearness(
                    vectors == null ? 0 : cosine(vectors, chunk, vector),
                    scorer == null || all == 0 ? 0 : score(scorer, chunk) / all);
        }
        return measured;
    }

    private double weight(List<Analysis.Word> words) throws IOException {
        double sum = 0;
        for (Analysis.Word word : words) {
            int with = searcher.getIndexReader().docFreq(word.term());
            int chunks = searcher.getIndexReader().getDocCount(word.term().field());
            sum += word.count() * Bm25.steadyWeight(with, chunks);
        }
        return sum;
    }

    /** Indexes into {@code found}, in the order that Lucene reads chunks in. */
    private static int[] byChunk(ScoreDoc[] found) {
        Integer[] order = new Integer[found.length];
        Arrays.setAll(order, i -> i);
        Arrays.sort(order, Comparator.comparingInt(i -> found[i].doc));
        return Arrays.stream(order).mapToInt(Integer::intValue).toArray();
    }

    /** The cosine: both are of length 1. */
    static double cosine(FloatVectorValues vectors, int chunk, float[] question) throws IOException {
        KnnVectorValues.DocIndexIterator iterator = vectors.iterator();
        return iterator.advance(chunk) == chunk
                ? VectorUtil.dotProduct(question, vectors.vectorValue(iterator.index()))
                : 0;
    }

    private static double score(Scorer scorer, int chunk) throws IOException {
        if (scorer.docID() < chunk) {
            scorer.iterator().advance(chunk);
        }
        return scorer.docID() == chunk ? scorer.score() : 0;
    }
}
