package dev.millrace.rag;

import dev.millrace.rag.embed.RerankerModel;
import dev.millrace.rag.parse.ParserPool;
import java.nio.file.Path;
import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.util.unit.DataSize;

/**
 * Under {@code millrace.rag}.
 *
 * @param folder  of files and Lucene's indexes
 * @param files   that users sent: the gateway's folder, which is only read here
 * @param index   where documents' chunks lie
 * @param model   that embeds a collection whose maker names none
 * @param reranker          folder of a cross-encoder that puts passages into order; empty for none
 * @param rerankerPassages  of a search that it reads
 * @param rerankerSentences of a passage that it reads, those that match best; 0 for all
 * @param rerankerTokens    of a question and a passage together that it reads
 * @param threads that one call of a model may use
 * @param maxFile of one document
 */
@ConfigurationProperties("millrace.rag")
record RagSettings(
        Path folder,
        Path files,
        Index index,
        Pgvector pgvector,
        String model,
        String reranker,
        int rerankerPassages,
        int rerankerSentences,
        int rerankerTokens,
        int threads,
        DataSize maxFile,
        Parser parser) {
    RagSettings {
        requireAtLeast(1, "threads", threads);
        requireAtLeast(1, "reranker-passages", rerankerPassages);
        requireAtLeast(0, "reranker-sentences", rerankerSentences);
        requireAtLeast(RerankerModel.LEAST_TOKENS, "reranker-tokens", rerankerTokens);
    }

    private static void requireAtLeast(int least, String setting, int value) {
        if (value < least) {
            throw new IllegalArgumentException(
                    "millrace.rag." + setting + " must be " + least + " or more, was " + value);
        }
    }

    enum Index {
        /** In the folder, which is then this process's alone. */
        LUCENE,
        /** In PostgreSQL, which several processes may use. */
        PGVECTOR
    }

    /** The database of the chunks, where they lie in one. */
    record Pgvector(String url, String username, String password) {}

    /**
     * Limits of one document.
     *
     * @param memory   heap of the process that reads it
     * @param maxChars of text
     */
    record Parser(Duration time, DataSize memory, int maxChars) {
        ParserPool.Limits limits() {
            return new ParserPool.Limits(time, Math.toIntExact(memory.toMegabytes()), maxChars);
        }
    }
}
