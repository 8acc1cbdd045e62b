package dev.millrace.rag.events;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.millrace.contracts.v1.IngestRequested;
import dev.millrace.rag.ingest.IngestJob;
import dev.millrace.rag.wire.Messages;
import java.time.Instant;

/** The topics of ingestion, and how a request looks on one. */
final class IngestMessages {
    static final String REQUESTED = "millrace.ingest.v1";
    static final String PROGRESS = "millrace.ingest-progress.v1";
    static final String COMPLETED = "millrace.ingest-completed.v1";

    private IngestMessages() {}

    static byte[] bytes(IngestJob job) {
        IngestRequested.Builder event = IngestRequested.newBuilder()
                .setRequestId(job.requestId())
                .setTenant(job.tenant())
                .setCollectionId(job.collection())
                .setDocumentId(job.document())
                .setFilename(job.filename())
                .putAllAttributes(Messages.attributes(job.attributes()))
                .setChunking(Messages.chunking(job.chunking()))
                .setRequestedAtMillis(job.requestedAt().toEpochMilli());
        switch (job.content()) {
            case IngestJob.Content.Inline(byte[] bytes) -> event.setContent(ByteString.copyFrom(bytes));
            case IngestJob.Content.Stored(String hash) -> event.setContentHash(hash);
            case IngestJob.Content.Sent() -> event.setSentFile(true);
        }
        return event.build().toByteArray();
    }

    /**
     * @throws IllegalArgumentException if the event asks for what can't be
     */
    static IngestJob job(byte[] bytes) throws InvalidProtocolBufferException {
        IngestRequested event = IngestRequested.parseFrom(bytes);
        IngestJob.Content content = switch (event.getSourceCase()) {
            case CONTENT -> new IngestJob.Content.Inline(event.getContent().toByteArray());
            case CONTENT_HASH -> new IngestJob.Content.Stored(event.getContentHash());
            case SENT_FILE -> new IngestJob.Content.Sent();
            case SOURCE_NOT_SET ->
                throw new IllegalArgumentException("an ingestion needs content, content_hash or sent_file, had none");
        };
        return new IngestJob(
                event.getRequestId(),
                event.getTenant(),
                event.getCollectionId(),
                event.getDocumentId(),
                event.getFilename(),
                Messages.attributes(event.getAttributesMap(), "attributes"),
                Messages.chunking(event.hasChunking(), event.getChunking()),
                content,
                Instant.ofEpochMilli(event.getRequestedAtMillis()));
    }
}
