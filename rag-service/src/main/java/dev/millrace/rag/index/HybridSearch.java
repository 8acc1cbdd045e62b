package dev.millrace.rag.index;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.index.MultiReader;
import org.apache.lucene.index.StoredFields;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.DoubleValuesSourceRescorer;
import org.apache.lucene.search.FullPrecisionFloatVectorSimilarityValuesSource;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.KnnFloatVectorQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.TopDocs;

/**
 * One question to several collections as though they were one: by words (BM25) and by vectors (HNSW), joined by
 * reciprocal ranks. The tenant and the filter are part of both queries.
 *
 * @see <a href="https://doi.org/10.1145/1571941.1572114">Reciprocal rank fusion</a>
 */
public final class HybridSearch {
    private static final int K = 60;

    private HybridSearch() {}

    /** By which ways chunks are found. */
    public enum Mode {
        WORDS,
        VECTORS,
        HYBRID
    }

    /**
     * @param vector of the question, as long as the collections' own
     * @param depth  how many each way finds
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    public record Question(String tenant, String text, float[] vector, AttributeFilter filter, Mode mode, int depth) {}

    /** The best first by reciprocal ranks, at most {@code count}; the score is 1 where a chunk is first by each way. */
    public static List<Hit> search(List<CollectionIndex> collections, Question question, int count) {
        double best = (question.mode() == Mode.HYBRID ? 2.0 : 1.0) / (K + 1);
        return search(collections, question, count, (_, reciprocalRanks) -> reciprocalRanks / best);
    }

    /** The best first by a score of how near they are, at most {@code count}. */
    public static List<Hit> search(
            List<CollectionIndex> collections, Question question, int count, ToDoubleFunction<Nearness> score) {
        return search(collections, question, count, (nearness, _) -> score.applyAsDouble(nearness));
    }

    private interface Scoring {
        double score(Nearness nearness, float reciprocalRanks);
    }

    private static List<Hit> search(List<CollectionIndex> collections, Question question, int count, Scoring scoring) {
        List<IndexSearcher> searchers = new ArrayList<>();
        try {
            for (CollectionIndex collection : collections) {
                searchers.add(collection.searchers().acquire());
            }
            IndexReader[] readers =
                    searchers.stream().map(IndexSearcher::getIndexReader).toArray(IndexReader[]::new);
            // closes none of its parts, and so needs no closing itself
            IndexSearcher all = new IndexSearcher(new MultiReader(readers, false));
            all.setSimilarity(CollectionIndex.BM25);
            return hits(all, fused(all, question).scoreDocs, question, count, scoring);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "the indexes of " + collections.size() + " collections can't be searched", e);
        } finally {
            for (int i = 0; i < searchers.size(); i++) {
                release(collections.get(i), searchers.get(i));
            }
        }
    }

    private static TopDocs fused(IndexSearcher searcher, Question question) throws IOException {
        Query filter = Filters.of(question.tenant(), question.filter());
        List<TopDocs> ways = new ArrayList<>();
        if (question.mode() != Mode.VECTORS) {
            BooleanQuery words = Analysis.anyOf(Analysis.words(question.text())).build();
            ways.add(searcher.search(
                    new BooleanQuery.Builder()
                            .add(words, Occur.MUST)
                            .add(filter, Occur.FILTER)
                            .build(),
                    question.depth()));
        }
        if (question.mode() != Mode.WORDS) {
            TopDocs nearest = searcher.search(
                    new KnnFloatVectorQuery(Fields.VECTOR, question.vector(), question.depth(), filter),
                    question.depth());
            ways.add(nearest.scoreDocs.length == 0 ? nearest : exactly(searcher, nearest, question.vector()));
        }
        return TopDocs.rrf(ways.size() * question.depth(), K, ways.toArray(TopDocs[]::new));
    }

    /** In the order of the vectors themselves: the graph compares vectors of fewer bits. */
    private static TopDocs exactly(IndexSearcher searcher, TopDocs nearest, float[] vector) throws IOException {
        return new DoubleValuesSourceRescorer(
                new FullPrecisionFloatVectorSimilarityValuesSource(vector, Fields.VECTOR)) {
            @Override
            protected float combine(float first, boolean has, double exact) {
                return has ? (float) exact : first;
            }
        }.rescore(searcher, nearest, nearest.scoreDocs.length);
    }

    /** Only what is returned is read whole: that takes longer than finding it. */
    private static List<Hit> hits(
            IndexSearcher searcher, ScoreDoc[] found, Question question, int count, Scoring scoring)
            throws IOException {
        Nearness[] nearness = new Measure(searcher).of(question.text(), question.vector(), found);
        double[] scores = new double[found.length];
        Arrays.setAll(scores, i -> scoring.score(nearness[i], found[i].score));
        List<Integer> bestFirst = IntStream.range(0, found.length)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> -scores[i]))
                .limit(count)
                .toList();
        StoredFields stored = searcher.storedFields();
        List<Hit> hits = new ArrayList<>();
        for (int i : bestFirst) {
            hits.add(Fields.hit(stored.document(found[i].doc), scores[i], nearness[i]));
        }
        return hits;
    }

    private static void release(CollectionIndex collection, IndexSearcher searcher) {
        try {
            collection.searchers().release(searcher);
        } catch (IOException e) {
            throw new UncheckedIOException("a reader can't be released", e);
        }
    }
}
