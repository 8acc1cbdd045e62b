package dev.millrace.gateway.documents;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.millrace.contracts.v1.Batch;
import dev.millrace.contracts.v1.Collection;
import dev.millrace.contracts.v1.Document;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;

/** OpenAI's objects. */
final class Objects {
    private Objects() {}

    record FileCounts(long inProgress, long completed, long failed, long cancelled, long total) {
        static FileCounts of(long inProgress, long completed, long failed, long cancelled) {
            return new FileCounts(
                    inProgress, completed, failed, cancelled, inProgress + completed + failed + cancelled);
        }
    }

    record ExpiresAfter(String anchor, int days) {}

    record VectorStore(
            String id,
            String object,
            long createdAt,
            String name,
            @JsonInclude(JsonInclude.Include.NON_ABSENT) Optional<String> description,
            long usageBytes,
            FileCounts fileCounts,
            String status,
            Optional<ExpiresAfter> expiresAfter,
            Optional<Long> expiresAt,
            Optional<Long> lastActiveAt,
            Map<String, String> metadata,
            String embeddingModel,
            @JsonInclude(JsonInclude.Include.NON_ABSENT) Optional<ReEmbedding> reEmbedding) {}

    /** Ours: how far a store is on its way to another embedding model. */
    record ReEmbedding(String embeddingModel, long filesDone, long files) {}

    record LastError(String code, String message) {}

    record VectorStoreFile(
            String id,
            String object,
            long usageBytes,
            long createdAt,
            String vectorStoreId,
            String status,
            Optional<LastError> lastError,
            ChunkingStrategies.Strategy chunkingStrategy,
            Map<String, Object> attributes) {}

    record FileBatch(
            String id, String object, long createdAt, String vectorStoreId, String status, FileCounts fileCounts) {}

    record Deleted(String id, String object, boolean deleted) {}

    record Listed<T>(String object, List<T> data, Optional<String> firstId, Optional<String> lastId, boolean hasMore) {
        static <T> Listed<T> of(List<T> data, boolean hasMore, Function<T, String> id) {
            return new Listed<>(
                    "list",
                    data,
                    data.stream().map(id).findFirst(),
                    data.isEmpty() ? Optional.empty() : Optional.of(id.apply(data.getLast())),
                    hasMore);
        }
    }

    static VectorStore store(Collection collection) {
        boolean expires = collection.getExpiresAfterDays() > 0;
        return new VectorStore(
                collection.getId(),
                "vector_store",
                seconds(collection.getCreatedAtMillis()),
                collection.getName(),
                Optional.of(collection.getDescription()).filter(text -> !text.isEmpty()),
                collection.getBytes(),
                FileCounts.of(
                        collection.getDocumentsInProgress(),
                        collection.getDocumentsCompleted(),
                        collection.getDocumentsFailed(),
                        collection.getDocumentsCancelled()),
                collection.getExpired()
                        ? "expired"
                        : collection.getDocumentsInProgress() > 0 ? "in_progress" : "completed",
                expires
                        ? Optional.of(new ExpiresAfter("last_active_at", collection.getExpiresAfterDays()))
                        : Optional.empty(),
                expires ? Optional.of(seconds(collection.getExpiresAtMillis())) : Optional.empty(),
                Optional.of(seconds(collection.getLastActiveAtMillis())),
                new TreeMap<>(collection.getMetadataMap()),
                collection.getModel(),
                reEmbedding(collection));
    }

    private static Optional<ReEmbedding> reEmbedding(Collection collection) {
        if (!collection.hasReEmbedding()) {
            return Optional.empty();
        }
        dev.millrace.contracts.v1.ReEmbedding next = collection.getReEmbedding();
        return Optional.of(new ReEmbedding(next.getModel(), next.getDocumentsDone(), next.getDocuments()));
    }

    static VectorStoreFile file(Document document) {
        String status = status(document);
        return new VectorStoreFile(
                document.getId(),
                "vector_store.file",
                status.equals("completed") ? document.getBytes() : 0,
                seconds(document.getCreatedAtMillis()),
                document.getCollectionId(),
                status,
                // a completed one has an error, too, where its bytes could not be read again for another embedding
                // model
                document.getErrorCode().isEmpty()
                        ? Optional.empty()
                        : Optional.of(new LastError(code(document.getErrorCode()), document.getErrorMessage())),
                ChunkingStrategies.shown(document.getChunking()),
                Attributes.shown(document.getAttributesMap()));
    }

    private static String status(Document document) {
        return switch (document.getState()) {
            case DOCUMENT_STATE_COMPLETED -> "completed";
            case DOCUMENT_STATE_FAILED -> "failed";
            case DOCUMENT_STATE_CANCELLED -> "cancelled";
            case DOCUMENT_STATE_IN_PROGRESS, DOCUMENT_STATE_UNSPECIFIED, UNRECOGNIZED -> "in_progress";
        };
    }

    /** OpenAI has three codes; the message says more. */
    private static String code(String code) {
        return switch (code) {
            case "unsupported_file" -> "unsupported_file";
            case "internal_error" -> "server_error";
            default -> "invalid_file";
        };
    }

    static FileBatch batch(Batch batch) {
        boolean open = batch.getDocumentsInProgress() > 0;
        boolean nothing = batch.getDocumentsCompleted() == 0 && batch.getDocumentsFailed() > 0;
        return new FileBatch(
                batch.getId(),
                "vector_store.files_batch",
                seconds(batch.getCreatedAtMillis()),
                batch.getCollectionId(),
                batch.getCancelled() ? "cancelled" : open ? "in_progress" : nothing ? "failed" : "completed",
                FileCounts.of(
                        batch.getDocumentsInProgress(),
                        batch.getDocumentsCompleted(),
                        batch.getDocumentsFailed(),
                        batch.getDocumentsCancelled()));
    }

    private static long seconds(long millis) {
        return Duration.ofMillis(millis).toSeconds();
    }
}
