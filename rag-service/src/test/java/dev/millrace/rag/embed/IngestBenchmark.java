package dev.millrace.rag.embed;

import com.sun.management.OperatingSystemMXBean;
import dev.millrace.rag.chunk.Chunk;
import dev.millrace.rag.chunk.Chunker;
import dev.millrace.rag.chunk.Chunking;
import dev.millrace.rag.index.BenchmarkIndex;
import dev.millrace.rag.index.SciFact;
import dev.millrace.rag.parse.ParsedDocument;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * How fast plain texts are embedded, and how fast they are taken in: cut, embedded and indexed. What others take for the same
 * texts says src/test/python/ingest_speed.py.
 *
 * <pre>./mvnw -q -pl rag-service -am test-compile exec:exec@main -Dmain=dev.millrace.rag.embed.IngestBenchmark \
 *     -Darguments="SCIFACT_FOLDER all-minilm-l6-v2 2 1000"</pre>
 *
 * <p>The numbers are those of threads and of texts. Processor time is told too: neighbours change it little.
 */
final class IngestBenchmark {
    private static final int WARM_UP = 64;
    /** As the service embeds a document's chunks. */
    private static final int AT_ONCE = 64;

    private IngestBenchmark() {}

    public static void main(String[] arguments) throws IOException {
        List<String> texts = SciFact.in(Path.of(arguments[0])).texts().subList(0, Integer.parseInt(arguments[3]));
        EncoderModel model = EncoderModel.named(arguments[1]);
        int threads = Integer.parseInt(arguments[2]);
        try (TextEncoder encoder = new TextEncoder(model, threads);
                TokenBorders borders = new TokenBorders(model)) {
            encoder.texts(texts.subList(0, WARM_UP));
            report(model.name() + ", embedded", texts.size(), () -> {
                for (int from = 0; from < texts.size(); from += AT_ONCE) {
                    encoder.texts(texts.subList(from, Math.min(texts.size(), from + AT_ONCE)));
                }
            });
            Chunker chunker = new Chunker(borders, model.maxTokens());
            report(
                    model.name() + ", one document at a time cut, embedded, indexed",
                    texts.size(),
                    () -> takeIn(texts, encoder, chunker));
        }
    }

    private interface Work {
        void run() throws IOException;
    }

    private static void takeIn(List<String> texts, TextEncoder encoder, Chunker chunker) throws IOException {
        BenchmarkIndex index = new BenchmarkIndex(Files.createTempDirectory("ingest"));
        for (int i = 0; i < texts.size(); i++) {
            ParsedDocument document = new ParsedDocument("text/plain", texts.get(i), List.of(), List.of());
            List<String> chunks = chunker.chunks(document, Chunking.AUTO).stream()
                    .map(Chunk::forEmbedding)
                    .toList();
            float[][] vectors = encoder.texts(chunks);
            for (int c = 0; c < vectors.length; c++) {
                index.add(i + "-" + c, chunks.get(c), vectors[c]);
            }
        }
        index.commit();
        index.delete();
    }

    private static void report(String what, int texts, Work work) throws IOException {
        long began = System.nanoTime();
        long processorBegan = processorNanos();
        work.run();
        double seconds = (System.nanoTime() - began) / 1e9;
        double processor = (processorNanos() - processorBegan) / 1e9;
        System.out.printf(
                Locale.ROOT,
                "%s: %d texts in %.1f s, %.1f a second; %.1f a second of one core%n",
                what,
                texts,
                seconds,
                texts / seconds,
                texts / processor);
    }

    private static long processorNanos() {
        return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime();
    }
}
