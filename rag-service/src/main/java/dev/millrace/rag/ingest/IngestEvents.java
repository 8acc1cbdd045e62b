package dev.millrace.rag.ingest;

/** What is told of an ingestion to whoever listens; over Kafka. */
public interface IngestEvents {
    /**
     * Returns once the request outlives this process.
     *
     * @throws EventsAwayException if it can't be made to
     */
    void requested(IngestJob job);

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
