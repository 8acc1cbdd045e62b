package dev.millrace.rag.grpc;

import dev.millrace.contracts.v1.Document;
import dev.millrace.contracts.v1.DocumentDescription;
import dev.millrace.contracts.v1.IngestRequest;
import dev.millrace.rag.catalogue.CatalogueAwayException;
import dev.millrace.rag.catalogue.DocumentTable;
import dev.millrace.rag.ingest.IngestEvents.EventsAwayException;
import dev.millrace.rag.ingest.IngestJob;
import dev.millrace.rag.ingest.Ingestion;
import dev.millrace.rag.store.FileStore;
import dev.millrace.rag.wire.Messages;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.time.Instant;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One document that comes in pieces. gRPC calls it with one message after the other. */
final class Upload implements StreamObserver<IngestRequest> {
    private static final Logger LOG = LoggerFactory.getLogger(Upload.class);

    private final Collections collections;
    private final DocumentTable documents;
    private final FileStore files;
    private final Ingestion ingestion;
    private final long maxBytes;
    private final Instant at;
    private final StreamObserver<Document> response;
    private Optional<DocumentDescription> description = Optional.empty();
    private Optional<FileStore.Incoming> incoming = Optional.empty();
    private boolean ended;

    Upload(
            Collections collections,
            DocumentTable documents,
            FileStore files,
            Ingestion ingestion,
            long maxBytes,
            Instant at,
            StreamObserver<Document> response) {
        this.collections = collections;
        this.documents = documents;
        this.files = files;
        this.ingestion = ingestion;
        this.maxBytes = maxBytes;
        this.at = at;
        this.response = response;
    }

    private interface Step {
        void take() throws IOException;
    }

    @Override
    public void onNext(IngestRequest request) {
        step(() -> {
            switch (request.getPartCase()) {
                case DESCRIPTION -> open(request.getDescription());
                case CONTENT -> append(request.getContent().toByteArray());
                case PART_NOT_SET ->
                    throw Errors.invalidValue("part", "a message brings a description or content, brought neither");
            }
        });
    }

    private void open(DocumentDescription given) throws IOException {
        if (description.isPresent()) {
            throw Errors.invalidValue("description", "a document has one description, had a second");
        }
        String collection =
                collections.used(given.getTenant(), given.getCollectionId()).id();
        DocumentDescription named = given.getDocumentId().isEmpty()
                ? given.toBuilder().setDocumentId(Collections.id("file-")).build()
                : given;
        // what can't be is refused before the bytes come
        job(named, "");
        description = Optional.of(named);
        incoming = Optional.of(files.incoming(collection));
    }

    private void append(byte[] piece) throws IOException {
        FileStore.Incoming file = incoming.orElseThrow(
                () -> Errors.invalidValue("description", "the description comes before the content, came not"));
        if (file.bytes() + piece.length > maxBytes) {
            throw Errors.fileTooLarge(maxBytes);
        }
        file.write(piece);
    }

    private IngestJob job(DocumentDescription given, String hash) {
        try {
            return new IngestJob(
                    Collections.id("ingest_"),
                    given.getTenant(),
                    given.getCollectionId(),
                    given.getDocumentId(),
                    given.getFilename(),
                    Messages.attributes(given.getAttributesMap(), "attributes"),
                    Messages.chunking(given.hasChunking(), given.getChunking()),
                    new IngestJob.Content.Stored(hash),
                    at);
        } catch (IllegalArgumentException e) {
            throw Errors.invalidValue("description", String.valueOf(e.getMessage()));
        }
    }

    @Override
    public void onError(Throwable cancelled) {
        ended = true;
        discard();
    }

    @Override
    public void onCompleted() {
        step(() -> {
            FileStore.Incoming file = incoming.orElseThrow(
                    () -> Errors.invalidValue("description", "a document needs a description, had none"));
            FileStore.Kept kept = file.keep();
            IngestJob job = job(description.orElseThrow(), kept.hash());
            ingestion.request(job, kept);
            Document document = documents
                    .find(job.collection(), job.document())
                    .map(Messages::document)
                    .orElseThrow(() -> Errors.documentNotFound(job.document()));
            ended = true;
            response.onNext(document);
            response.onCompleted();
        });
    }

    private void step(Step step) {
        if (ended) {
            return;
        }
        try {
            step.take();
        } catch (StatusRuntimeException e) {
            end(e);
        } catch (CatalogueAwayException | EventsAwayException e) {
            end(Errors.away(e));
        } catch (IOException | RuntimeException e) {
            end(Errors.bug(e));
        }
    }

    private void end(StatusRuntimeException error) {
        ended = true;
        discard();
        response.onError(error);
    }

    private void discard() {
        incoming.ifPresent(file -> {
            try {
                file.close();
            } catch (IOException e) {
                LOG.warn("a part of a file stays behind: {}", e.getMessage());
            }
        });
    }
}
