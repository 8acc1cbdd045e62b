package dev.millrace.rag.ingest;

import dev.millrace.rag.catalogue.Catalogue;
import dev.millrace.rag.catalogue.DocumentCollection;
import dev.millrace.rag.catalogue.ReEmbedding;
import dev.millrace.rag.catalogue.ReEmbeddingTable;
import dev.millrace.rag.embed.Encoders;
import dev.millrace.rag.embed.Precedence;
import dev.millrace.rag.embed.TextEncoder;
import dev.millrace.rag.index.CollectionIndex;
import dev.millrace.rag.index.CollectionIndex.Changes;
import dev.millrace.rag.index.CollectionIndex.Held;
import dev.millrace.rag.index.Hit;
import dev.millrace.rag.index.IndexId;
import dev.millrace.rag.index.IndexedDocument;
import dev.millrace.rag.index.IndexedDocument.IndexedChunk;
import dev.millrace.rag.index.Indexes;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Makes the index of another embedding model beside the one that answers, out of that one's own chunks or of the documents'
 * bytes ({@link Recut}), and lets it take its place once both have the same documents with the same fingerprints. What was made
 * before a process ended is gone on with.
 */
public final class ReEmbedder {
    private final ReEmbeddingTable table;
    private final Indexes indexes;
    private final DocumentReader reader;
    private final Recut recut;
    private final Encoders encoders;
    private final Precedence precedence;
    private final InstantSource clock;
    private volatile boolean stopping;

    public ReEmbedder(
            Catalogue catalogue,
            Indexes indexes,
            DocumentReader reader,
            Encoders encoders,
            Precedence precedence,
            InstantSource clock) {
        this.table = catalogue.reEmbeddings();
        this.indexes = indexes;
        this.reader = reader;
        this.recut = new Recut(catalogue.documents(), reader);
        this.encoders = encoders;
        this.precedence = precedence;
        this.clock = clock;
    }

    /** Whoever makes an index is interrupted soon. */
    void stop() {
        stopping = true;
        reader.stop();
    }

    /** Returns once the collection answers by the new index, or is no longer to. */
    void make(DocumentCollection collection) throws InterruptedException {
        Optional<ReEmbedding> next = collection.embedding().next();
        if (next.isEmpty()) {
            return;
        }
        IndexId id = new IndexId(collection.id(), next.get().generation());
        CollectionIndex live = indexes.of(collection.tenant(), collection.index());
        Making making = new Making(
                collection, id, encoders.encoder(next.get().model()), live, indexes.of(collection.tenant(), id));
        while (making.follow()) {
            // whoever changes the live one waits here, and then finds that it answers no more
            try (Changes _ = live.change()) {
                if (making.isWhole()) {
                    table.swap(id, clock.instant());
                    return;
                }
            }
        }
    }

    private final class Making {
        private final DocumentCollection collection;
        private final IndexId id;
        private final TextEncoder encoder;
        private final CollectionIndex live;
        private final CollectionIndex made;

        Making(
                DocumentCollection collection,
                IndexId id,
                TextEncoder encoder,
                CollectionIndex live,
                CollectionIndex made) {
            this.collection = collection;
            this.id = id;
            this.encoder = encoder;
            this.live = live;
            this.made = made;
        }

        boolean isWhole() {
            return documents(live).equals(documents(made));
        }

        /**
         * Takes over what the live one has that this one hasn't, and takes out what it hasn't any more.
         *
         * @return whether it is still wanted
         */
        boolean follow() throws InterruptedException {
            Map<String, String> wanted = documents(live);
            Map<String, String> there = documents(made);
            there.keySet().stream()
                    .filter(document -> !wanted.containsKey(document))
                    .forEach(this::delete);
            List<String> missing = wanted.entrySet().stream()
                    .filter(document -> !document.getValue().equals(there.get(document.getKey())))
                    .map(Map.Entry::getKey)
                    .sorted()
                    .toList();
            for (int i = 0; i < missing.size(); i++) {
                table.progress(id, wanted.size() - missing.size() + i, wanted.size());
                Optional<Held> held = live.held(missing.get(i));
                if (held.isPresent() && !replace(missing.get(i), held.get())) {
                    return false;
                }
            }
            table.progress(id, wanted.size(), wanted.size());
            return table.isWanted(id);
        }

        private void delete(String document) {
            try (Changes changes = made.change()) {
                changes.delete(document);
            }
        }

        /** Whether it is still wanted. */
        private boolean replace(String document, Held held) throws InterruptedException {
            String model = encoder.model().name();
            boolean cutAnew = Recut.isNeeded(collection, model);
            if (cutAnew && !goesOn(document)) {
                return false;
            }
            Recut.Cut cut = recut.cut(collection, model, document, held);
            Optional<List<IndexedChunk>> chunks = ChunkBatches.embedded(cut.chunks(), encoder, _ -> goesOn(document));
            if (chunks.isEmpty()) {
                return false;
            }
            if (cutAnew) {
                // first: what lies in the index is not looked at again
                table.cutAnew(id, document, chunks.get().size(), cut.unreadable());
            }
            Hit any = held.chunks().getFirst();
            try (Changes changes = made.change()) {
                changes.replace(new IndexedDocument(
                        document, any.filename(), cut.fingerprint(), any.attributes(), chunks.get()));
            }
            return true;
        }

        private boolean goesOn(String document) throws InterruptedException {
            precedence.giveWay();
            if (stopping) {
                throw new InterruptedException("stopped while " + document + " was being embedded anew");
            }
            return table.isWanted(id);
        }
    }

    /** Their fingerprints, of whichever of bytes and text an index has them. */
    private static Map<String, String> documents(CollectionIndex index) {
        return index.fingerprints().entrySet().stream()
                .collect(Collectors.toMap(Map.Entry::getKey, one -> Fingerprint.ofBytes(one.getValue())));
    }
}
