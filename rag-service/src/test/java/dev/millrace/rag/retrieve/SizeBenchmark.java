package dev.millrace.rag.retrieve;

import dev.millrace.rag.embed.CachedVectors;
import dev.millrace.rag.embed.EncoderModel;
import dev.millrace.rag.embed.TextEncoder;
import dev.millrace.rag.index.BenchmarkIndex;
import dev.millrace.rag.index.SciFact;
import dev.millrace.rag.text.Sentences;
import dev.millrace.rag.text.Span;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.apache.lucene.util.VectorUtil;

/**
 * Builds an index of so many chunks, and has {@link SizeQuestions}, in a process of its own with a small heap, ask it.
 *
 * <pre>./mvnw -q -pl rag-service -am test-compile exec:exec@main -Dmain=dev.millrace.rag.retrieve.SizeBenchmark \
 *     -Darguments="SCIFACT_FOLDER target/benchmarks 100000 5183"</pre>
 *
 * <p>The last number says how many abstracts are embedded; behind it may stand a re-ranker's folder.
 *
 * <p>Texts are real: one, two and three neighbouring sentences of SciFact's abstracts, from the first again once all are in.
 * Vectors are synthetic: the abstract's real one with noise, a cluster for each abstract. Questions and their vectors are
 * real. The index is kept in TARGET, and not made anew.
 */
final class SizeBenchmark {
    static final int NEAREST = 10;
    private static final int LONGEST_WINDOW = 3;
    private static final long SEED = 20_26;
    /** Of each dimension: makes the cosine of a chunk and its abstract about .9. */
    private static final double NOISE = 0.025;

    private static final int REPORT_EVERY = 50_000;

    private SizeBenchmark() {}

    public static void main(String[] arguments) throws Exception {
        SciFact data = SciFact.in(Path.of(arguments[0])).sample(Integer.parseInt(arguments[3]));
        Path target = Files.createDirectories(Path.of(arguments[1]));
        int chunks = Integer.parseInt(arguments[2]);
        Path folder = target.resolve("index-" + chunks);
        Path truth = target.resolve("nearest-" + chunks + ".txt");
        List<String> questions = List.copyOf(data.queries().values());
        try (TextEncoder encoder =
                new TextEncoder(EncoderModel.BGE_SMALL_EN, Runtime.getRuntime().availableProcessors())) {
            CachedVectors cache = new CachedVectors(encoder, target);
            float[][] asked = cache.ofQuestions(questions);
            if (!Files.exists(truth)) {
                build(folder, truth, windows(data), cache.of(data.texts()), chunks, asked);
            }
        }
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "--enable-native-access=ALL-UNNAMED",
                "--add-modules=jdk.incubator.vector",
                "-cp",
                System.getProperty("java.class.path"),
                SizeQuestions.class.getName(),
                arguments[0],
                arguments[1],
                arguments[2]));
        command.addAll(List.of(arguments).subList(4, arguments.length));
        System.exit(new ProcessBuilder(command).inheritIO().start().waitFor());
    }

    /**
     * A chunk's text.
     *
     * @param document index of the abstract
     */
    private record Window(int document, String text) {}

    private static List<Window> windows(SciFact data) {
        List<Window> windows = new ArrayList<>();
        List<String> texts = data.texts();
        for (int document = 0; document < texts.size(); document++) {
            String text = texts.get(document);
            List<Span> sentences = Sentences.split(text);
            for (int size = 1; size <= LONGEST_WINDOW; size++) {
                for (int first = 0; first + size <= sentences.size(); first++) {
                    int end = sentences.get(first + size - 1).end();
                    windows.add(new Window(
                            document, text.substring(sentences.get(first).start(), end)));
                }
            }
        }
        Collections.shuffle(windows, new Random(SEED));
        return windows;
    }

    private static void build(
            Path folder, Path truth, List<Window> windows, float[][] vectors, int chunks, float[][] asked)
            throws IOException {
        Random random = new Random(SEED);
        Nearest[] nearest = new Nearest[asked.length];
        for (int q = 0; q < nearest.length; q++) {
            nearest[q] = new Nearest(NEAREST);
        }
        long began = System.nanoTime();
        try (BenchmarkIndex index = new BenchmarkIndex(folder)) {
            for (int i = 0; i < chunks; i++) {
                Window window = windows.get(i % windows.size());
                float[] vector = noisy(vectors[window.document()], random);
                index.add("d" + i, window.text(), vector);
                for (int q = 0; q < asked.length; q++) {
                    nearest[q].offer("d" + i, VectorUtil.dotProduct(asked[q], vector));
                }
                if ((i + 1) % REPORT_EVERY == 0) {
                    System.err.printf(Locale.ROOT, "%d chunks, %.0f s%n", i + 1, (System.nanoTime() - began) / 1e9);
                }
            }
            index.commit();
            System.out.printf(
                    Locale.ROOT,
                    "%d chunks around %d abstracts indexed in %.0f s, with the search of exact neighbours%n",
                    chunks,
                    vectors.length,
                    (System.nanoTime() - began) / 1e9);
        }
        List<String> lines = new ArrayList<>();
        for (Nearest one : nearest) {
            lines.add(String.join(" ", one.ids()));
        }
        Files.write(truth, lines);
    }

    private static float[] noisy(float[] original, Random random) {
        float[] vector = new float[original.length];
        double square = 0;
        for (int d = 0; d < vector.length; d++) {
            vector[d] = original[d] + (float) (random.nextGaussian() * NOISE);
            square += vector[d] * vector[d];
        }
        float scale = (float) (1 / Math.sqrt(square));
        for (int d = 0; d < vector.length; d++) {
            vector[d] *= scale;
        }
        return vector;
    }

    /** The nearest of all that were offered, best first. */
    private static final class Nearest {
        private final String[] ids;
        private final float[] scores;

        Nearest(int count) {
            ids = new String[count];
            scores = new float[count];
            Arrays.fill(ids, "");
            Arrays.fill(scores, Float.NEGATIVE_INFINITY);
        }

        void offer(String id, float score) {
            int place = scores.length;
            while (place > 0 && scores[place - 1] < score) {
                place--;
            }
            if (place < scores.length) {
                System.arraycopy(scores, place, scores, place + 1, scores.length - place - 1);
                System.arraycopy(ids, place, ids, place + 1, ids.length - place - 1);
                scores[place] = score;
                ids[place] = id;
            }
        }

        List<String> ids() {
            return List.of(ids);
        }
    }
}
