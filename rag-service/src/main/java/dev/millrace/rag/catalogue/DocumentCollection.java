package dev.millrace.rag.catalogue;

import dev.millrace.rag.index.IndexId;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A collection of documents that one tenant has.
 *
 * @param embedding by which it answers
 */
public record DocumentCollection(
        String id, String tenant, Embedding embedding, Instant createdAt, Description description, Lifetime lifetime) {
    private static final int MAX_NAME = 256;
    private static final int MAX_DESCRIPTION = 4_096;
    private static final int MAX_ENTRIES = 16;
    private static final int MAX_KEY = 64;
    private static final int MAX_VALUE = 512;
    private static final int MAX_DAYS = 365;

    /**
     * By which model and index it answers; the two change together.
     *
     * @param model      of all vectors of the index
     * @param generation of the index
     * @param next       the model that it is to have instead; empty for none
     */
    public record Embedding(String model, int generation, Optional<ReEmbedding> next) {
        /** Of a new collection. */
        public static Embedding first(String model) {
            return new Embedding(model, 0, Optional.empty());
        }
    }

    public String model() {
        return embedding.model();
    }

    /** The index that answers. */
    public IndexId index() {
        return new IndexId(id, embedding.generation());
    }

    /** What its maker says of it. */
    public record Description(String name, String text, Map<String, String> metadata) {
        public Description {
            metadata = Map.copyOf(metadata);
            if (name.length() > MAX_NAME) {
                throw new IllegalArgumentException(
                        "name must have at most " + MAX_NAME + " characters, had " + name.length());
            }
            if (text.length() > MAX_DESCRIPTION) {
                throw new IllegalArgumentException(
                        "description must have at most " + MAX_DESCRIPTION + " characters, had " + text.length());
            }
            if (metadata.size() > MAX_ENTRIES) {
                throw new IllegalArgumentException(
                        "metadata must have at most " + MAX_ENTRIES + " entries, had " + metadata.size());
            }
            metadata.forEach((key, value) -> {
                if (key.length() > MAX_KEY || value.length() > MAX_VALUE) {
                    throw new IllegalArgumentException("metadata has keys of at most " + MAX_KEY
                            + " characters and values of at most " + MAX_VALUE + ", unlike \"" + key + "\"");
                }
            });
        }
    }

    /**
     * How long it is kept.
     *
     * @param expiresAfterDays without use; empty for ever
     * @param lastActiveAt     to the minute
     * @param expiredAt        when its documents were deleted
     */
    public record Lifetime(OptionalInt expiresAfterDays, Instant lastActiveAt, Optional<Instant> expiredAt) {
        public Lifetime {
            if (expiresAfterDays.isPresent()
                    && (expiresAfterDays.getAsInt() < 1 || expiresAfterDays.getAsInt() > MAX_DAYS)) {
                throw new IllegalArgumentException("a collection expires after 1 to " + MAX_DAYS + " days, not after "
                        + expiresAfterDays.getAsInt());
            }
        }

        public Optional<Instant> expiresAt() {
            return expiresAfterDays.isEmpty()
                    ? Optional.empty()
                    : Optional.of(lastActiveAt.plusSeconds(86_400L * expiresAfterDays.getAsInt()));
        }

        public boolean hasEnded(Instant now) {
            return expiredAt.isPresent()
                    || expiresAt().filter(end -> !end.isAfter(now)).isPresent();
        }
    }

    /**
     * Its documents by state.
     *
     * @param bytes of the completed ones
     */
    public record Counts(long inProgress, long completed, long failed, long cancelled, long bytes) {
        public static final Counts NONE = new Counts(0, 0, 0, 0, 0);
    }

    public record Counted(DocumentCollection collection, Counts counts) {}
}
