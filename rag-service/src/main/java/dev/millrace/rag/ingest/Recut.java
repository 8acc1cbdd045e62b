package dev.millrace.rag.ingest;

import dev.millrace.rag.catalogue.DocumentCollection;
import dev.millrace.rag.catalogue.DocumentTable;
import dev.millrace.rag.catalogue.StoredDocument;
import dev.millrace.rag.catalogue.StoredDocument.State;
import dev.millrace.rag.chunk.Chunk;
import dev.millrace.rag.embed.EncoderModel;
import dev.millrace.rag.index.CollectionIndex.Held;
import dev.millrace.rag.index.Hit;
import dev.millrace.rag.parse.UnreadableDocumentException;
import dev.millrace.rag.text.Span;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the documents of one model's index are cut into for another model: as they were where both cut texts alike. Else as
 * ingestion would cut their bytes, and where these can't be read any more, the text that the index has.
 */
final class Recut {
    private static final Logger log = LoggerFactory.getLogger(Recut.class);

    private final DocumentTable documents;
    private final DocumentReader reader;

    Recut(DocumentTable documents, DocumentReader reader) {
        this.documents = documents;
        this.reader = reader;
    }

    /**
     * A document's chunks by the other model.
     *
     * @param unreadable why they are of the index's text and not of the bytes
     */
    record Cut(List<Chunk> chunks, String fingerprint, Optional<State.Failed> unreadable) {}

    static boolean isNeeded(DocumentCollection collection, String model) {
        return !EncoderModel.named(model).cutsAs(EncoderModel.named(collection.model()));
    }

    /** @param held what the index that answers has of the document */
    Cut cut(DocumentCollection collection, String model, String document, Held held) throws InterruptedException {
        if (!isNeeded(collection, model)) {
            return new Cut(held.chunks().stream().map(Recut::chunk).toList(), held.fingerprint(), Optional.empty());
        }
        Optional<StoredDocument> stored = documents.find(collection.id(), document);
        if (stored.isEmpty() || !isOf(stored.get(), collection.tenant(), held)) {
            // it is being replaced or deleted, and the index follows
            return ofText(model, stored, held, Optional.empty());
        }
        try {
            IngestJob job = IngestJob.of(collection.tenant(), stored.get());
            List<Chunk> chunks = reader.chunks(stored.get().contentHash(), model, job);
            if (chunks.isEmpty()) {
                throw new UnreadableDocumentException(
                        UnreadableDocumentException.Cause.INVALID_FILE, "the file has no text any more");
            }
            return new Cut(chunks, Fingerprint.ofBytes(held.fingerprint()), Optional.empty());
        } catch (UnreadableDocumentException e) {
            log.warn("{} of {} keeps the text that it had: {}", document, collection.id(), e.reason());
            State.Failed why = DocumentReader.failure(e);
            return ofText(
                    model,
                    stored,
                    held,
                    Optional.of(new State.Failed(
                            why.code(),
                            "it could not be read again for the embedding model " + model
                                    + ", and is found by the text that it had: " + why.reason())));
        }
    }

    /** Whether the index has what the catalogue says. */
    private static boolean isOf(StoredDocument stored, String tenant, Held held) {
        return stored.state() instanceof State.Completed
                || Fingerprint.of(stored.contentHash(), IngestJob.of(tenant, stored))
                        .equals(Fingerprint.ofBytes(held.fingerprint()));
    }

    private Cut ofText(String model, Optional<StoredDocument> stored, Held held, Optional<State.Failed> why) {
        return new Cut(
                stored.map(one -> reader.cut(HeldText.of(held.chunks()), model, one.chunking()))
                        .orElseGet(
                                () -> held.chunks().stream().map(Recut::chunk).toList()),
                Fingerprint.ofText(held.fingerprint()),
                why);
    }

    private static Chunk chunk(Hit hit) {
        return new Chunk(new Span(hit.start(), hit.end()), hit.text(), hit.heading(), hit.pages());
    }
}
