package dev.millrace.rag.ingest;

import dev.millrace.rag.catalogue.StoredDocument.State;
import dev.millrace.rag.chunk.Chunk;
import dev.millrace.rag.chunk.Chunker;
import dev.millrace.rag.chunk.Chunking;
import dev.millrace.rag.embed.EncoderModel;
import dev.millrace.rag.embed.Encoders;
import dev.millrace.rag.embed.TextEncoder;
import dev.millrace.rag.index.IndexedDocument;
import dev.millrace.rag.index.IndexedDocument.IndexedChunk;
import dev.millrace.rag.parse.ParsedDocument;
import dev.millrace.rag.parse.ParserPool;
import dev.millrace.rag.parse.UnreadableDocumentException;
import dev.millrace.rag.store.FileStore;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** A kept file becomes chunks, and these with their vectors. */
public final class DocumentReader {
    private final FileStore files;
    private final ParserPool parser;
    private final Encoders encoders;
    private volatile boolean stopping;

    public DocumentReader(FileStore files, ParserPool parser, Encoders encoders) {
        this.files = files;
        this.parser = parser;
        this.encoders = encoders;
    }

    /** Hears how far it is. */
    interface Progress {
        void embedded(int chunks, int all);
    }

    IndexedDocument read(String contentHash, String fingerprint, String model, IngestJob job, Progress progress)
            throws UnreadableDocumentException, InterruptedException {
        List<Chunk> chunks = chunks(contentHash, model, job);
        TextEncoder encoder = encoders.encoder(model);
        List<IndexedChunk> indexed = ChunkBatches.embedded(chunks, encoder, embedded -> {
                    if (stopping) {
                        throw new InterruptedException("stopped while " + job.document() + " was being embedded");
                    }
                    if (embedded > 0) {
                        progress.embedded(embedded, chunks.size());
                    }
                    return true;
                })
                .orElseThrow();
        progress.embedded(chunks.size(), chunks.size());
        return new IndexedDocument(job.document(), job.filename(), fingerprint, job.attributes(), indexed);
    }

    /** A kept file's chunks by the tokens of a model. */
    List<Chunk> chunks(String contentHash, String model, IngestJob job)
            throws UnreadableDocumentException, InterruptedException {
        Path file = files.find(job.collection(), contentHash)
                .orElseThrow(() -> new UnreadableDocumentException(
                        UnreadableDocumentException.Cause.INVALID_FILE,
                        "the file store doesn't have the document's bytes"));
        return cut(parsed(file, job), model, job.chunking());
    }

    private ParsedDocument parsed(Path file, IngestJob job) throws UnreadableDocumentException, InterruptedException {
        try {
            return parser.parse(file, job.filename());
        } catch (UnreadableDocumentException | IllegalStateException e) {
            if (stopping) {
                // its parser was ended, and the document isn't at fault
                throw new InterruptedException("stopped while " + job.document() + " was being read");
            }
            throw e;
        }
    }

    /** A text's chunks by the tokens of a model. */
    List<Chunk> cut(ParsedDocument document, String model, Chunking chunking) {
        int window = EncoderModel.named(model).maxTokens();
        return new Chunker(encoders.borders(model), window).chunks(document, chunking);
    }

    /** Why a document can't be read, as the catalogue has it. */
    static State.Failed failure(UnreadableDocumentException e) {
        return new State.Failed(e.why().name().toLowerCase(Locale.ROOT), e.reason());
    }

    /** Whoever reads is interrupted soon. */
    void stop() {
        stopping = true;
        parser.close();
    }
}
