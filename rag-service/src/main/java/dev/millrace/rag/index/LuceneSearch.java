package dev.millrace.rag.index;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
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

/** One question to several collections' Lucene indexes: by words (BM25) and by vectors (HNSW), joined by reciprocal ranks. */
public final class LuceneSearch {
    private LuceneSearch() {}

    /** The best first, at most {@code count}. */
    public static List<Hit> search(List<LuceneIndex> collections, Question question, int count, Scoring scoring) {
        List<IndexSearcher> searchers = new ArrayList<>();
        try {
            for (LuceneIndex collection : collections) {
                searchers.add(collection.searchers().acquire());
            }
            IndexReader[] readers =
                    searchers.stream().map(IndexSearcher::getIndexReader).toArray(IndexReader[]::new);
            // closes none of its parts, and so needs no closing itself
            IndexSearcher all = new IndexSearcher(new MultiReader(readers, false));
            all.setSimilarity(LuceneIndex.BM25);
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
        if (question.mode() != Question.Mode.VECTORS) {
            BooleanQuery words = Analysis.anyOf(Analysis.words(question.text())).build();
            ways.add(searcher.search(
                    new BooleanQuery.Builder()
                            .add(words, Occur.MUST)
                            .add(filter, Occur.FILTER)
                            .build(),
                    question.depth()));
        }
        if (question.mode() != Question.Mode.WORDS) {
            TopDocs nearest = searcher.search(
                    new KnnFloatVectorQuery(Fields.VECTOR, question.vector(), question.depth(), filter),
                    question.depth());
            ways.add(nearest.scoreDocs.length == 0 ? nearest : exactly(searcher, nearest, question.vector()));
        }
        return TopDocs.rrf(ways.size() * question.depth(), ReciprocalRanks.K, ways.toArray(TopDocs[]::new));
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
        double best = ReciprocalRanks.best(question.mode());
        Arrays.setAll(scores, i -> scoring.score(nearness[i], found[i].score / best));
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

    private static void release(LuceneIndex collection, IndexSearcher searcher) {
        try {
            collection.searchers().release(searcher);
        } catch (IOException e) {
            throw new UncheckedIOException("a reader can't be released", e);
        }
    }
}
