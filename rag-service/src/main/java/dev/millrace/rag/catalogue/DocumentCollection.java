package dev.millrace.rag.catalogue;

import java.time.Instant;

/**
 * A collection of documents that one tenant has.
 *
 * @param model the embedding model of all its vectors
 */
public record DocumentCollection(
        String id,
        String tenant,
        String name,
        String model,
        Instant createdAt,
        long inProgress,
        long completed,
        long failed) {}
