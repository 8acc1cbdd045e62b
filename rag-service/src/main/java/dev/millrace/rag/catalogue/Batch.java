package dev.millrace.rag.catalogue;

import dev.millrace.rag.catalogue.DocumentCollection.Counts;
import java.time.Instant;

/** Documents of one collection that are watched and cancelled together. */
public record Batch(String id, String collection, Instant createdAt, boolean cancelled, Counts counts) {}
