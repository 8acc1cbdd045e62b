package dev.millrace.rag.catalogue;

/**
 * How far a collection is on its way to another embedding model.
 *
 * @param model      that it is to have
 * @param generation of the index that is being made by it
 * @param done       documents that this index has
 * @param documents  that it is to have
 */
public record ReEmbedding(String model, int generation, long done, long documents) {}
