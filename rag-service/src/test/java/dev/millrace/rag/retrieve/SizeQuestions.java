package dev.millrace.rag.retrieve;

import dev.millrace.rag.embed.CachedVectors;
import dev.millrace.rag.embed.EncoderModel;
import dev.millrace.rag.embed.Encoders;
import dev.millrace.rag.embed.PassageScorer;
import dev.millrace.rag.embed.Precedence;
import dev.millrace.rag.embed.RerankerModel;
import dev.millrace.rag.index.AttributeFilter;
import dev.millrace.rag.index.BenchmarkIndex;
import dev.millrace.rag.index.Hit;
import dev.millrace.rag.index.IndexId;
import dev.millrace.rag.index.Indexes;
import dev.millrace.rag.index.Question;
import dev.millrace.rag.index.Question.Mode;
import dev.millrace.rag.index.SciFact;
import dev.millrace.rag.index.Scoring;
import dev.millrace.rag.retrieve.Retriever.Search;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.IntConsumer;
import java.util.stream.Stream;

/** Asks the index that {@link SizeBenchmark} made: memory, recall against exact search, and how long questions
 * take, also with a re-ranker where one is named. */
final class SizeQuestions {
    private static final String MODEL = EncoderModel.BGE_SMALL_EN.name();
    private static final AttributeFilter EVERYTHING = new AttributeFilter.All(List.of());
    private static final List<IndexId> COLLECTIONS = List.of(IndexId.first(BenchmarkIndex.COLLECTION));
    private static final int DEPTH = 100;
    private static final int ROUNDS = 3;
    private static final int MOST_TOKENS = 512;
    private static final int RERANKED_QUESTIONS = 100;

    private SizeQuestions() {}

    public static void main(String[] arguments) throws Exception {
        List<String> questions =
                List.copyOf(SciFact.in(Path.of(arguments[0])).queries().values());
        Path target = Path.of(arguments[1]);
        String chunks = arguments[2];
        List<List<String>> nearest = Files.readAllLines(target.resolve("nearest-" + chunks + ".txt")).stream()
                .map(line -> List.of(line.split(" ", -1)))
                .toList();
        int threads = Runtime.getRuntime().availableProcessors();
        float[][] vectors = kept(questions, target);
        try (BenchmarkIndex opened = new BenchmarkIndex(target.resolve("index-" + chunks));
                Encoders encoders = new Encoders(threads)) {
            Indexes index = opened.indexes();
            Retriever retriever = new Retriever(encoders, index, new Precedence(), Optional.empty());
            System.out.printf(Locale.ROOT, "index %.0f MB%n", opened.bytes() / 1e6);
            time("without embedding", questions.size(), i -> {
                List<float[]> vector = List.of(vectors[i]);
                retriever.passages(COLLECTIONS, search(questions.get(i)), vector);
            });
            memory();
            for (Mode mode : Mode.values()) {
                time(mode.name(), questions.size(), i -> found(index, questions.get(i), vectors[i], mode));
            }
            System.out.printf(
                    Locale.ROOT,
                    "recall@%d of the graph, %d asked of it: %.4f%n",
                    SizeBenchmark.NEAREST,
                    DEPTH,
                    recall(index, questions, vectors, nearest));
            time("with embedding", questions.size(), i -> retriever.passages(COLLECTIONS, search(questions.get(i))));
            if (arguments.length > 3) {
                RerankerModel model = RerankerModel.in(Path.of(arguments[3]), MOST_TOKENS);
                try (PassageScorer scorer = new PassageScorer(model, threads)) {
                    timeReranking(encoders, index, scorer, questions);
                }
            }
        }
    }

    private static void timeReranking(Encoders encoders, Indexes index, PassageScorer scorer, List<String> questions) {
        for (int passages : new int[] {20, 10}) {
            for (int sentences : new int[] {0, 3}) {
                Reranking reranking = new Reranking(scorer, passages, sentences);
                Retriever retriever = new Retriever(encoders, index, new Precedence(), Optional.of(reranking));
                time(
                        "re-ranked: " + passages + " passages, "
                                + (sentences == 0 ? "whole" : sentences + " sentences"),
                        RERANKED_QUESTIONS,
                        1,
                        i -> retriever.passages(COLLECTIONS, search(questions.get(i))));
            }
        }
    }

    private static float[][] kept(List<String> questions, Path target) throws Exception {
        try (Encoders encoders = new Encoders(1)) {
            return new CachedVectors(encoders.encoder(MODEL), target).ofQuestions(questions);
        }
    }

    private static Search search(String question) {
        return new Search(BenchmarkIndex.TENANT, MODEL, List.of(question), EVERYTHING, 10, 0, Search.Ranker.BEST);
    }

    private static void time(String what, int questions, IntConsumer ask) {
        time(what, questions, ROUNDS, ask);
    }

    private static void time(String what, int questions, int rounds, IntConsumer ask) {
        List<Long> nanos = new ArrayList<>();
        List<Long> processor = new ArrayList<>();
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        for (int round = 0; round <= rounds; round++) {
            for (int i = 0; i < questions; i++) {
                long began = System.nanoTime();
                long processorBegan = threads.getCurrentThreadCpuTime();
                ask.accept(i);
                // the first round warms up
                if (round > 0) {
                    nanos.add(System.nanoTime() - began);
                    processor.add(threads.getCurrentThreadCpuTime() - processorBegan);
                }
            }
        }
        // where neighbours want the cores, the thread's own time says what the wall's doesn't
        System.out.printf(
                Locale.ROOT,
                "%-40s p50 %.1f ms  p95 %.1f ms  of its thread's processor time p50 %.1f ms  p95 %.1f ms%n",
                what,
                millis(nanos, 50),
                millis(nanos, 95),
                millis(processor, 50),
                millis(processor, 95));
    }

    private static double millis(List<Long> nanos, int percent) {
        nanos.sort(null);
        return nanos.get(nanos.size() * percent / 100) / 1e6;
    }

    private static List<Hit> found(Indexes index, String question, float[] vector, Mode mode) {
        return index.search(
                COLLECTIONS,
                new Question(BenchmarkIndex.TENANT, question, vector, EVERYTHING, mode, DEPTH),
                SizeBenchmark.NEAREST,
                Scoring.RANKS);
    }

    private static double recall(Indexes index, List<String> questions, float[][] vectors, List<List<String>> nearest) {
        long found = 0;
        for (int i = 0; i < vectors.length; i++) {
            found += found(index, questions.get(i), vectors[i], Mode.VECTORS).stream()
                    .map(Hit::document)
                    .filter(nearest.get(i)::contains)
                    .count();
        }
        return (double) found / vectors.length / SizeBenchmark.NEAREST;
    }

    /** What Linux says of this process. */
    private static void memory() throws Exception {
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
            System.out.println(lines.filter(line -> line.startsWith("VmRSS") || line.startsWith("Rss"))
                    .map(line -> line.replaceAll("\\s+", " "))
                    .toList());
        }
    }
}
