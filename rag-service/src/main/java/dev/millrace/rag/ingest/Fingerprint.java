package dev.millrace.rag.ingest;

import dev.millrace.rag.index.Attributes;
import dev.millrace.rag.store.FileStore;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** Of everything that a document's chunks are made from but for the embedding model, which is its index's. */
final class Fingerprint {
    /** To be raised where the same bytes would be read or cut in another way. */
    private static final int VERSION = 2;

    /** Ends that of a document that was cut out of an index's text: its bytes would give others. */
    private static final String TEXT = "-text";

    private Fingerprint() {}

    /** The same document's, cut out of the text that an index had of it. */
    static String ofText(String fingerprint) {
        return ofBytes(fingerprint) + TEXT;
    }

    /** The same document's, cut out of its bytes. */
    static String ofBytes(String fingerprint) {
        return fingerprint.endsWith(TEXT)
                ? fingerprint.substring(0, fingerprint.length() - TEXT.length())
                : fingerprint;
    }

    static String of(String contentHash, IngestJob job) {
        String all = String.join(
                "\n",
                "" + VERSION,
                contentHash,
                job.filename(),
                "" + job.chunking(),
                Attributes.json(job.attributes()));
        return HexFormat.of().formatHex(FileStore.sha256().digest(all.getBytes(StandardCharsets.UTF_8)));
    }
}
