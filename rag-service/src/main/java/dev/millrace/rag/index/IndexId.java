package dev.millrace.rag.index;

/**
 * Names one index of a collection: each embedding model that the collection gets makes another.
 *
 * @param generation from 0; a number is given once
 */
public record IndexId(String collection, int generation) {
    /** The first that a collection has. */
    public static IndexId first(String collection) {
        return new IndexId(collection, 0);
    }

    /** Of letters, digits, - and _ alone, where the collection's id is. */
    public String key() {
        return generation == 0 ? collection : collection + "-" + generation;
    }
}
