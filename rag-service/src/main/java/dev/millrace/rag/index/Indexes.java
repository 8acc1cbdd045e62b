package dev.millrace.rag.index;

import java.util.List;

/** Where the collections' chunks lie, and are found by words and by vectors. */
public interface Indexes extends AutoCloseable {
    /**
     * The index of a collection, which need not have anything yet. Who calls has found the collection by its tenant.
     */
    CollectionIndex of(String tenant, String collection);

    /** Deletes a collection's index for good. */
    void delete(String collection);

    /**
     * Asks several collections as though they were one. The tenant and the filter are part of both queries.
     *
     * @param collections by id; those of one embedding model
     * @param count       at most
     * @return by their score, the best first
     */
    List<Hit> search(List<String> collections, Question question, int count, Scoring scoring);

    @Override
    void close();
}
