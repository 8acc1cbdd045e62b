package dev.millrace.rag.index;

import java.util.List;

/** Where the collections' chunks lie, and are found by words and by vectors. */
public interface Indexes extends AutoCloseable {
    /**
     * An index of a collection, which need not have anything yet. Who calls has found the collection by its tenant.
     */
    CollectionIndex of(String tenant, IndexId id);

    /** Deletes an index for good. */
    void delete(IndexId id);

    /**
     * Asks several collections as though they were one. The tenant and the filter are part of both queries.
     *
     * @param indexes of one embedding model
     * @param count   at most
     * @return by their score, the best first
     */
    List<Hit> search(List<IndexId> indexes, Question question, int count, Scoring scoring);

    @Override
    void close();
}
