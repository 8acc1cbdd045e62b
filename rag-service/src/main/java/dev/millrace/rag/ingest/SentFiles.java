package dev.millrace.rag.ingest;

import dev.millrace.rag.parse.UnreadableDocumentException;
import dev.millrace.rag.parse.UnreadableDocumentException.Cause;
import dev.millrace.rag.store.FileStore;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * The folder of files that users sent. It is the gateway's, which puts each file there whole, under its id, never changes it,
 * and may delete it at any time.
 */
public final class SentFiles {
    private static final int PIECE_BYTES = 256 << 10;

    private final Path folder;
    private final long mostBytes;
    private volatile boolean stopping;

    /**
     * @param mostBytes of one file
     */
    public SentFiles(Path folder, long mostBytes) {
        this.folder = folder;
        this.mostBytes = mostBytes;
    }

    /**
     * Puts a file's bytes into a collection's store.
     *
     * @throws UnreadableDocumentException if the file is gone, or too large
     */
    FileStore.Kept copy(String id, FileStore store, String collection)
            throws IOException, UnreadableDocumentException, InterruptedException {
        try (InputStream file = open(id);
                FileStore.Incoming copy = store.incoming(collection)) {
            byte[] piece = new byte[PIECE_BYTES];
            for (int bytes = file.read(piece); bytes >= 0; bytes = file.read(piece)) {
                if (copy.bytes() + bytes > mostBytes) {
                    throw new UnreadableDocumentException(
                            Cause.TOO_LARGE, "the file has more than " + mostBytes + " bytes, which is the limit");
                }
                if (stopping) {
                    throw new InterruptedException("stopped while " + id + " was being copied");
                }
                copy.write(Arrays.copyOf(piece, bytes));
            }
            return copy.keep();
        }
    }

    private InputStream open(String id) throws IOException, UnreadableDocumentException {
        try {
            return Files.newInputStream(folder.resolve(id));
        } catch (NoSuchFileException gone) {
            if (!Files.isDirectory(folder)) {
                throw new IOException(
                        "there is no folder " + folder
                                + ": millrace.rag.files must name the one in which the gateway keeps what users send",
                        gone);
            }
            throw new UnreadableDocumentException(Cause.INVALID_FILE, "the file was deleted before it was taken in");
        }
    }

    /** Whoever copies is interrupted soon. */
    void stop() {
        stopping = true;
    }
}
