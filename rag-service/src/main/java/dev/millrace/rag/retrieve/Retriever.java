package dev.millrace.rag.retrieve;

import dev.millrace.rag.embed.Encoders;
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
     * @param collections that the tenant has, all of one embedding model
     * @param count       of passages, at most
     * @return best first
     */
    public List<Hit> passages(
            String tenant,
            List<CollectionIndex> collections,
            String model,
            String question,
            AttributeFilter filter,
            int count) {
        float[] vector = encoders.encoder(model).question(question);
        List<Hit> hits = HybridSearch.search(
                collections, new Question(tenant, question, vector, filter, Mode.HYBRID, DEPTH), DEPTH);
        return Passages.distinct(Passages.joined(hits)).stream().limit(count).toList();
    }
}
