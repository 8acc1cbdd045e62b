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
import java.util.ArrayList;
import java.util.List;

/** A file becomes chunks with their vectors. */
public final class DocumentReader {
    private static final int CHUNKS_AT_ONCE = 16;

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
        List<IndexedChunk> indexed = new ArrayList<>(chunks.size());
        for (int from = 0; from < chunks.size(); from += CHUNKS_AT_ONCE) {
            List<Chunk> some = chunks.subList(from, Math.min(chunks.size(), from + CHUNKS_AT_ONCE));
            float[][] vectors =
                    encoder.texts(some.stream().map(Chunk::forEmbedding).toList());
            for (int i = 0; i < vectors.length; i++) {
                indexed.add(indexed(some.get(i), vectors[i]));
            }
            progress.embedded(indexed.size(), chunks.size());
            if (stopping) {
                throw new InterruptedException("stopped while " + job.document() + " was being embedded");
            }
        }
        return new IndexedDocument(job.document(), job.filename(), fingerprint, job.attributes(), indexed);
    }

    /** Whoever reads is interrupted soon. */
    void stop() {
        stopping = true;
        parser.close();
    }

    private static IndexedChunk indexed(Chunk chunk, float[] vector) {
        return new IndexedChunk(
                chunk.text(), chunk.span().start(), chunk.span().end(), chunk.pages(), chunk.heading(), vector);
    }
}
