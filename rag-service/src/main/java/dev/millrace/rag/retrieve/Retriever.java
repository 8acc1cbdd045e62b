package dev.millrace.rag.retrieve;

import dev.millrace.rag.embed.Encoders;
import dev.millrace.rag.embed.Precedence;
import dev.millrace.rag.embed.TextEncoder;
import dev.millrace.rag.index.AttributeFilter;
import dev.millrace.rag.index.Hit;
import dev.millrace.rag.index.IndexId;
import dev.millrace.rag.index.Indexes;
import dev.millrace.rag.index.Question;
import dev.millrace.rag.index.Question.Mode;
import dev.millrace.rag.index.Scoring;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Passages that answer a question: found by words and by meaning, neighbours joined, what says the same left out. */
public final class Retriever {
    /** How many chunks each way finds: enough that one that both find late still counts. */
    private static final int DEPTH = 100;
    /** Of chunks for each passage that is wanted: some become one, some say the same. */
    private static final int CHUNKS_PER_PASSAGE = 3;

    private final Encoders encoders;
    private final Indexes indexes;
    private final Precedence precedence;
    private final Optional<Reranking> reranking;
    private final Map<String, Relevance> relevance = Relevance.fitted();

    /**
     * @param reranking of what is found, where a model for it was plugged in
     */
    public Retriever(Encoders encoders, Indexes indexes, Precedence precedence, Optional<Reranking> reranking) {
        this.encoders = encoders;
        this.indexes = indexes;
        this.precedence = precedence;
        this.reranking = reranking;
    }

    /**
     * What is looked for.
     *
     * @param questions one, or the same in several words: what any of them finds counts, and re-ranking reads the first
     * @param count     of passages, at most
     * @param minScore  of a passage
     */
    public record Search(
            String tenant,
            String model,
            List<String> questions,
            AttributeFilter filter,
            int count,
            double minScore,
            Ranker ranker) {
        /** By what passages are scored. */
        public enum Ranker {
            /** By the model that re-ranks, and where there is none by relevance. */
            BEST,
            /** By the probability that a passage answers the question. */
            RELEVANCE,
            /** By reciprocal ranks: 1 where it is first by words and by meaning. */
            RANKS
        }

        public Search {
            questions = List.copyOf(questions);
        }
    }

    /**
     * @param asked of collections that the tenant has, all of the search's embedding model
     * @return best first
     */
    public List<Hit> passages(List<IndexId> asked, Search search) {
        try (Precedence.Taken _ = precedence.take()) {
            TextEncoder encoder = encoders.encoder(search.model());
            return passages(
                    asked,
                    search,
                    search.questions().stream().map(encoder::question).toList());
        }
    }

    /**
     * @param vectors of the questions
     */
    List<Hit> passages(List<IndexId> asked, Search search, List<float[]> vectors) {
        List<List<Hit>> found = new ArrayList<>();
        for (int i = 0; i < vectors.size(); i++) {
            Question question = new Question(
                    search.tenant(), search.questions().get(i), vectors.get(i), search.filter(), Mode.HYBRID, DEPTH);
            found.add(found(asked, question, search));
        }
        List<Hit> bestFirst = Passages.distinct(Passages.joined(Passages.best(found)), most(search));
        return reranking(search)
                .map(one -> one.ordered(search.questions().getFirst(), bestFirst))
                .orElse(bestFirst)
                .stream()
                .filter(hit -> hit.score() >= search.minScore())
                .limit(search.count())
                .toList();
    }

    private Optional<Reranking> reranking(Search search) {
        return search.ranker() == Search.Ranker.BEST ? reranking : Optional.empty();
    }

    /** How many passages are put into order. */
    private int most(Search search) {
        return Math.max(
                search.count(), reranking(search).map(Reranking::passages).orElse(0));
    }

    private List<Hit> found(List<IndexId> asked, Question question, Search search) {
        int chunks = Math.max(DEPTH / 4, CHUNKS_PER_PASSAGE * most(search));
        Scoring scoring = switch (search.ranker()) {
            case RANKS -> Scoring.RANKS;
            case BEST, RELEVANCE -> Scoring.by(Relevance.of(relevance, search.model())::of);
        };
        return indexes.search(asked, question, chunks, scoring);
    }

    /** The probability that a passage answers the question that found it. */
    public double relevance(String model, Hit hit) {
        return Relevance.of(relevance, model).of(hit.nearness());
    }
}
