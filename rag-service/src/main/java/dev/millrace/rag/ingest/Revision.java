package dev.millrace.rag.ingest;

import dev.millrace.rag.catalogue.Catalogue;
import dev.millrace.rag.catalogue.DocumentCollection;
import dev.millrace.rag.catalogue.DocumentTable;
import dev.millrace.rag.catalogue.StoredDocument;
import dev.millrace.rag.catalogue.StoredDocument.State;
import dev.millrace.rag.index.AttributeValue;
import dev.millrace.rag.index.Indexes;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Optional;

/** Gives documents other attributes. Nothing is read or embedded again where that has been done. */
public final class Revision {
    private final DocumentTable documents;
    private final LiveIndex live;
    private final IngestEvents events;
    private final InstantSource clock;

    public Revision(Catalogue catalogue, Indexes indexes, IngestEvents events, InstantSource clock) {
        this.documents = catalogue.documents();
        this.live = new LiveIndex(catalogue.collections(), indexes);
        this.events = events;
        this.clock = clock;
    }

    /**
     * Who calls has found the collection by its tenant.
     *
     * @param requestId of this change: what was asked for before no longer counts
     * @return the document as it is now; empty where there is none
     * @throws IllegalArgumentException if a document can't have such attributes
     */
    public Optional<StoredDocument> attributes(
            DocumentCollection collection, String id, Map<String, AttributeValue> attributes, String requestId) {
        return live.change(collection.tenant(), collection.id(), changes -> {
            Optional<StoredDocument> before = documents.find(collection.id(), id);
            if (before.isEmpty()) {
                return Optional.empty();
            }
            StoredDocument after = revised(before.get(), attributes, requestId, clock.instant());
            IngestJob job = IngestJob.of(collection.tenant(), after);
            // noted as in progress first: a process that ends here asks for it again when it starts
            documents.revise(after);
            switch (before.get().state()) {
                case State.Completed completed -> {
                    changes.revise(id, after.attributes(), Fingerprint.of(after.contentHash(), job));
                    documents.completed(collection.id(), id, requestId, completed.chunks());
                }
                case State.InProgress() -> events.requested(job);
                case State.Failed _, State.Cancelled _ -> {
                    // nothing of it is in the index
                }
            }
            return documents.find(collection.id(), id);
        });
    }

    private static StoredDocument revised(
            StoredDocument document, Map<String, AttributeValue> attributes, String requestId, Instant at) {
        return new StoredDocument(
                document.collection(),
                document.id(),
                document.filename(),
                attributes,
                document.chunking(),
                document.contentHash(),
                document.bytes(),
                requestId,
                at.truncatedTo(ChronoUnit.MILLIS),
                document.createdAt(),
                document.state());
    }
}
