package dev.millrace.rag.ingest;

import dev.millrace.rag.catalogue.CatalogueAwayException;
import dev.millrace.rag.catalogue.CollectionTable;
import dev.millrace.rag.catalogue.DocumentCollection;
import dev.millrace.rag.catalogue.DocumentTable;
import dev.millrace.rag.catalogue.StoredDocument;
import dev.millrace.rag.catalogue.StoredDocument.State;
import dev.millrace.rag.embed.Precedence;
import dev.millrace.rag.index.CollectionIndex;
import dev.millrace.rag.index.IndexAwayException;
import dev.millrace.rag.index.IndexedDocument;
import dev.millrace.rag.index.Indexes;
import dev.millrace.rag.parse.UnreadableDocumentException;
import dev.millrace.rag.store.FileStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries out requests to take a document in. Doing it twice ends as doing it once: the index knows what its chunks were
 * made from, and the catalogue which request is a document's last.
 */
public final class Ingestion {
    private static final Logger log = LoggerFactory.getLogger(Ingestion.class);
    private static final FileStore.Kept UNREAD = new FileStore.Kept("", 0);

    private final CollectionTable collections;
    private final DocumentTable documents;
    private final FileStore files;
    private final SentFiles sent;
    private final Indexes indexes;
    private final LiveIndex live;
    private final DocumentReader reader;
    private final IngestEvents events;
    private final Precedence precedence;
    private volatile boolean stopping;

    public Ingestion(
            CollectionTable collections,
            DocumentTable documents,
            FileStore files,
            SentFiles sent,
            Indexes indexes,
            DocumentReader reader,
            IngestEvents events,
            Precedence precedence) {
        this.collections = collections;
        this.documents = documents;
        this.files = files;
        this.sent = sent;
        this.indexes = indexes;
        this.live = new LiveIndex(collections, indexes);
        this.reader = reader;
        this.events = events;
        this.precedence = precedence;
    }

    /**
     * Notes the document and asks for it to be taken in; its bytes are in the file store. Returns once the request outlives
     * this process.
     *
     * @throws IngestEvents.EventsAwayException if nobody can be asked; then the document is what it was before
     */
    public void request(IngestJob job, FileStore.Kept kept) {
        request(job.collection(), List.of(job), kept);
    }

    /**
     * The same for files that users sent: nothing of them has been read when this returns.
     *
     * @param jobs of one collection, each of another document
     */
    public void requestSent(String collection, List<IngestJob> jobs) {
        request(collection, jobs, UNREAD);
    }

    private void request(String collection, List<IngestJob> jobs, FileStore.Kept kept) {
        Map<String, StoredDocument> before =
                documents
                        .find(collection, jobs.stream().map(IngestJob::document).toList())
                        .stream()
                        .collect(Collectors.toMap(StoredDocument::id, Function.identity()));
        documents.begin(jobs.stream().map(job -> document(job, kept)).toList());
        try {
            events.requested(jobs);
        } catch (IngestEvents.EventsAwayException e) {
            for (IngestJob job : jobs) {
                Optional.ofNullable(before.get(job.document()))
                        .ifPresentOrElse(
                                was -> documents.restore(was, job.requestId()),
                                () -> documents.forget(collection, job.document(), job.requestId()));
            }
            throw e;
        }
    }

    /**
     * Asks anew for what was noted and has not ended: this process may have ended between the two.
     */
    public void requestUnfinished() {
        events.requested(documents.unfinished().stream()
                .map(unfinished -> IngestJob.of(unfinished.tenant(), unfinished.document()))
                .toList());
    }

    /**
     * Takes a document in. A document that can't be read fails alone, with its reason.
     *
     * @throws CatalogueAwayException if it is to be tried again
     * @throws IndexAwayException     the same
     */
    public void carryOut(IngestJob job) throws InterruptedException {
        Optional<DocumentCollection> collection = collections.find(job.tenant(), job.collection());
        if (collection.filter(one -> one.lifetime().expiredAt().isEmpty()).isEmpty()) {
            log.warn(
                    "{} is for the collection {}, which its tenant doesn't have any more",
                    job.requestId(),
                    job.collection());
            return;
        }
        try (Precedence.Taken _ = precedence.take()) {
            Optional<FileStore.Kept> kept = kept(job);
            if (!documents.begin(document(job, kept.orElse(UNREAD)))) {
                return;
            }
            if (kept.isEmpty() && job.content() instanceof IngestJob.Content.Sent) {
                kept = copied(job);
                if (kept.isEmpty()) {
                    return;
                }
            }
            takeIn(job, kept);
        } catch (UnreadableDocumentException e) {
            throwIfStopping();
            failed(job, DocumentReader.failure(e));
        } catch (CatalogueAwayException | IndexAwayException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            throwIfStopping();
            log.error("{} of {} failed", job.document(), job.collection(), e);
            failed(
                    job,
                    new State.Failed(
                            "internal_error", "the document could not be taken in; the service's log says why"));
        }
        events.ended(job);
    }

    /** Gives up what is being carried out: it isn't done, and is to be asked for again. */
    public void stop() {
        stopping = true;
        sent.stop();
        reader.stop();
    }

    private void throwIfStopping() throws InterruptedException {
        if (stopping) {
            throw new InterruptedException("the service is stopping");
        }
    }

    private Optional<FileStore.Kept> kept(IngestJob job) throws IOException {
        return switch (job.content()) {
            case IngestJob.Content.Inline(byte[] bytes) -> Optional.of(files.keep(job.collection(), bytes));
            case IngestJob.Content.Stored(String hash) -> kept(job.collection(), hash);
            case IngestJob.Content.Sent() -> {
                // a request that comes again finds what it has read, though the file may be gone by now
                Optional<StoredDocument> read = documents
                        .find(job.collection(), job.document())
                        .filter(one -> one.requestId().equals(job.requestId()));
                yield read.isEmpty()
                        ? Optional.empty()
                        : kept(job.collection(), read.get().contentHash());
            }
        };
    }

    private Optional<FileStore.Kept> kept(String collection, String hash) throws IOException {
        Optional<Path> file = files.find(collection, hash);
        return file.isEmpty() ? Optional.empty() : Optional.of(new FileStore.Kept(hash, Files.size(file.get())));
    }

    /** A sent file, in the store now; empty where its document was deleted, cancelled or replaced meanwhile. */
    private Optional<FileStore.Kept> copied(IngestJob job)
            throws IOException, UnreadableDocumentException, InterruptedException {
        FileStore.Kept copy = sent.copy(job.document(), files, job.collection());
        if (documents.read(job.collection(), job.document(), job.requestId(), copy.hash(), copy.bytes())) {
            return Optional.of(copy);
        }
        if (!documents.usesContent(job.collection(), copy.hash())) {
            files.delete(job.collection(), copy.hash());
        }
        return Optional.empty();
    }

    private void takeIn(IngestJob job, Optional<FileStore.Kept> kept)
            throws UnreadableDocumentException, InterruptedException {
        String hash = kept.map(FileStore.Kept::hash).orElse("");
        String fingerprint = Fingerprint.of(hash, job);
        Optional<DocumentCollection> collection = collections.find(job.tenant(), job.collection());
        // another index, of another model, may have taken the place of the one that it was embedded for
        while (collection.isPresent() && !takenIn(job, collection.get(), hash, fingerprint)) {
            collection = collections.find(job.tenant(), job.collection());
        }
    }

    /** Whether it has ended: the collection answers by the same index still, or the request is no longer current. */
    private boolean takenIn(IngestJob job, DocumentCollection collection, String hash, String fingerprint)
            throws UnreadableDocumentException, InterruptedException {
        CollectionIndex index = indexes.of(job.tenant(), collection.index());
        boolean isThere = index.fingerprint(job.document()).equals(Optional.of(fingerprint));
        Optional<IndexedDocument> document = isThere
                ? Optional.empty()
                : Optional.of(reader.read(
                        hash, fingerprint, collection.model(), job, (done, all) -> events.progress(job, done, all)));
        // a deletion notes itself first, then waits for this lock: whichever is later here, the document is gone
        try (CollectionIndex.Changes changes = index.change()) {
            if (!documents.isCurrent(job.collection(), job.document(), job.requestId())) {
                return true;
            }
            if (!live.answers(collection.index())) {
                return false;
            }
            document.ifPresent(changes::replace);
            // before another index, of another model, can have other chunks of it
            documents.completed(job.collection(), job.document(), job.requestId(), index.chunks(job.document()));
            return true;
        }
    }

    private void failed(IngestJob job, State.Failed why) {
        if (!documents.isCurrent(job.collection(), job.document(), job.requestId())) {
            return;
        }
        live.change(job.tenant(), job.collection(), changes -> {
            if (documents.isCurrent(job.collection(), job.document(), job.requestId())) {
                // what it replaced is no longer what the document is
                changes.delete(job.document());
                documents.failed(job.collection(), job.document(), job.requestId(), why);
            }
            return Optional.empty();
        });
    }

    private static StoredDocument document(IngestJob job, FileStore.Kept kept) {
        return new StoredDocument(
                job.collection(),
                job.document(),
                job.filename(),
                job.attributes(),
                job.chunking(),
                kept.hash(),
                kept.bytes(),
                job.requestId(),
                job.requestedAt(),
                job.requestedAt(),
                new State.InProgress());
    }
}
