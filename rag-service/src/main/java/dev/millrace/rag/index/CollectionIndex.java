package dev.millrace.rag.index;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/** An index of one collection: what its documents' chunks are. It is searched with others by {@link Indexes}. */
public interface CollectionIndex {
    /** What the chunks of a document were made from; empty where it has none. */
    Optional<String> fingerprint(String document);

    /** Of all documents that have chunks. */
    Map<String, String> fingerprints();

    /** A document's chunks in order, with the fingerprint that they were put there with; empty where it has none. */
    Optional<Held> held(String document);

    /**
     * All chunks of a document, but for their vectors.
     *
     * @param chunks at least one, by where they start
     */
    record Held(String fingerprint, List<Hit> chunks) {
        public Held {
            chunks = List.copyOf(chunks);
        }
    }

    /** How many chunks of a document there are. */
    int chunks(String document);

    /** The text of a document in pieces that don't overlap; none where there is no such document. */
    List<String> text(String document);

    /** Waits until nobody else changes this index, in this process or another, and keeps it so until it is closed. */
    Changes change();

    /**
     * What one thread changes while no other does. A change lasts, and is seen by every search that begins, when its call
     * returns; a document's chunks come and go together.
     */
    interface Changes extends AutoCloseable {
        /** Adds a document, or puts it in the place of the one that has its id. */
        void replace(IndexedDocument document);

        /** Removes a document, where there is one of that id. */
        void delete(String document);

        /** Gives a document other attributes; what is not in the index stays away. */
        void revise(String document, Map<String, AttributeValue> attributes, String fingerprint);

        /** Lets others change the index. */
        @Override
        void close();
    }
}
