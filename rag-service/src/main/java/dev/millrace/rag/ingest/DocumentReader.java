package dev.millrace.rag.ingest;

import dev.millrace.rag.chunk.Chunk;
import dev.millrace.rag.chunk.Chunker;
import dev.millrace.rag.embed.Encoders;
import dev.millrace.rag.embed.TextEncoder;
import dev.millrace.rag.index.IndexedDocument;
import dev.millrace.rag.index.IndexedDocument.IndexedChunk;
import dev.millrace.rag.parse.ParsedDocument;
import dev.millrace.rag.parse.ParserPool;
import dev.millrace.rag.parse.UnreadableDocumentException;
import java.nio.file.Path;
import java.util.List;

/** A file becomes chunks with their vectors. */
public final class DocumentReader {
    private final ParserPool parser;
    private final Encoders encoders;
    private volatile boolean stopping;

    public DocumentReader(ParserPool parser, Encoders encoders) {
        this.parser = parser;
        this.encoders = encoders;
    }

    /** Hears how far it is. */
    interface Progress {
        void embedded(int chunks, int all);
    }

    IndexedDocument read(Path file, String fingerprint, String model, IngestJob job, Progress progress)
            throws UnreadableDocumentException, InterruptedException {
        ParsedDocument document = parser.parse(file, job.filename());
        TextEncoder encoder = encoders.encoder(model);
        List<Chunk> chunks =
                new Chunker(encoders.borders(model), encoder.model().maxTokens()).chunks(document, job.chunking());
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

    /** Whoever reads is interrupted soon. */
    void stop() {
        stopping = true;
        parser.close();
    }
}
