package dev.millrace.rag;

import dev.millrace.rag.parse.ParserPool;
import java.nio.file.Path;
import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.util.unit.DataSize;

/**
 * Under {@code millrace.rag}.
 *
 * @param folder  of indexes and files; this process alone uses it
 * @param files   that users sent: the gateway's folder, which is only read here
 * @param model   that embeds a collection whose maker names none
 * @param threads that one call of a model may use
 * @param maxFile of one document
 */
@ConfigurationProperties("millrace.rag")
record RagSettings(Path folder, Path files, String model, int threads, DataSize maxFile, Parser parser) {
    RagSettings {
        if (threads < 1) {
            throw new IllegalArgumentException("millrace.rag.threads must be 1 or more, was " + threads);
        }
    }

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
