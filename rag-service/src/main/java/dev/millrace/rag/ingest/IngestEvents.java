package dev.millrace.rag.ingest;

import java.util.List;

/** What is told of an ingestion to whoever listens; over Kafka. */
public interface IngestEvents {
    /**
     * Returns once the requests outlive this process.
     *
     * @throws EventsAwayException if they can't be made to
     */
    void requested(List<IngestJob> jobs);

    default void requested(IngestJob job) {
        requested(List.of(job));
    }

    void progress(IngestJob job, int chunksEmbedded, int chunks);

    /** Its document has ended as completed or failed; which, the catalogue says. */
    void ended(IngestJob job);

    /** The broker can't be reached. */
    final class EventsAwayException extends RuntimeException {
        private static final long serialVersionUID = 1;

        public EventsAwayException(Exception cause) {
            super("the message broker can't be reached: " + cause.getMessage(), cause);
        }
    }
}
