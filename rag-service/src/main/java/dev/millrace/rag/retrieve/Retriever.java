package dev.millrace.rag.retrieve;

import dev.millrace.rag.embed.Encoders;
import dev.millrace.rag.embed.TextEncoder;
import dev.millrace.rag.index.AttributeFilter;
import dev.millrace.rag.index.CollectionIndex;
import dev.millrace.rag.index.Hit;
import dev.millrace.rag.index.HybridSearch;
import dev.millrace.rag.index.HybridSearch.Mode;
import dev.millrace.rag.index.HybridSearch.Question;
import java.util.List;

/** Passages that answer a question: found by words and by meaning, neighbours joined, what says the same left out. */
public final class Retriever {
    /** How many chunks each way finds: enough that one that both find late still counts. */
    private static final int DEPTH = 100;

    private final Encoders encoders;

    public Retriever(Encoders encoders) {
        this.encoders = encoders;
    }

    /**
     * What is looked for.
     *
     * @param questions one, or the same in several words: what any of them finds counts
     * @param count     of passages, at most
     * @param minScore  of a passage
     */
    public record Search(
            String tenant, String model, List<String> questions, AttributeFilter filter, int count, double minScore) {
        public Search {
            questions = List.copyOf(questions);
        }
    }

    /**
     * @param collections that the tenant has, all of the search's embedding model
     * @return best first
     */
    public List<Hit> passages(List<CollectionIndex> collections, Search search) {
        TextEncoder encoder = encoders.encoder(search.model());
        List<List<Hit>> found = search.questions().stream()
                .map(question -> HybridSearch.search(
                        collections,
                        new Question(
                                search.tenant(),
                                question,
                                encoder.question(question),
                                search.filter(),
                                Mode.HYBRID,
                                DEPTH),
                        DEPTH))
                .toList();
        return Passages.distinct(Passages.joined(Passages.best(found))).stream()
                .filter(hit -> hit.score() >= search.minScore())
                .limit(search.count())
                .toList();
    }
}
