package dev.millrace.rag.index;

import dev.millrace.rag.embed.EncoderModel;
import dev.millrace.rag.embed.TextEncoder;
import dev.millrace.rag.index.HybridSearch.Mode;
import dev.millrace.rag.index.HybridSearch.Question;
import dev.millrace.rag.index.IndexedDocument.IndexedChunk;
import dev.millrace.rag.text.Pages;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/**
 * How well BEIR's SciFact is found: nDCG at 10 and recall at 100, by words, by vectors and by both. Vectors are kept under
 * target/, so that a second run takes seconds.
 *
 * <pre>./mvnw -q -pl rag-service -am test-compile exec:exec@scifact -Dscifact=FOLDER</pre>
 *
 * <p>The folder holds corpus.tsv (doc_id, title, text), queries.tsv (query_id, query) and qrels.tsv (query_id, doc_id,
 * relevance), each with a line of names first.
 */
final class SciFactBenchmark {
    private static final int DEPTH = 1_000;
    private static final int AT_ONCE = 256;

    private SciFactBenchmark() {}

    public static void main(String[] arguments) throws IOException {
        Path data = Path.of(arguments[0]);
        Path target = Files.createDirectories(Path.of(arguments[1], "scifact"));
        List<String> models = arguments.length > 2 ? List.of(arguments[2].split(",")) : EncoderModel.names();
        Map<String, String> corpus = new HashMap<>();
        rows(data.resolve("corpus.tsv")).forEach(row -> corpus.put(row[0], row[1] + " " + row[2]));
        Map<String, String> queries = new HashMap<>();
        rows(data.resolve("queries.tsv")).forEach(row -> queries.put(row[0], row[1]));
        Map<String, Map<String, Integer>> relevant = new HashMap<>();
        rows(data.resolve("qrels.tsv"))
                .forEach(row ->
                        relevant.computeIfAbsent(row[0], _ -> new HashMap<>()).put(row[1], Integer.parseInt(row[2])));
        queries.keySet().retainAll(relevant.keySet());
        System.out.printf("%d documents, %d queries%n", corpus.size(), queries.size());
        for (String model : models) {
            measure(EncoderModel.named(model), corpus, queries, relevant, target);
        }
    }

    private static List<String[]> rows(Path file) throws IOException {
        try (Stream<String> lines = Files.lines(file)) {
            return lines.skip(1).map(line -> line.split("\t", -1)).toList();
        }
    }

    private static void measure(
            EncoderModel model,
            Map<String, String> corpus,
            Map<String, String> queries,
            Map<String, Map<String, Integer>> relevant,
            Path target)
            throws IOException {
        try (TextEncoder encoder = new TextEncoder(model, Runtime.getRuntime().availableProcessors())) {
            Map<String, float[]> documents = vectors(encoder, corpus, target.resolve(model.name() + ".vectors"));
            Path folder = Files.createTempDirectory(target, "index");
            try (CollectionIndex index = new CollectionIndex("t", "scifact", folder)) {
                for (Map.Entry<String, String> entry : new java.util.TreeMap<>(corpus).entrySet()) {
                    IndexedChunk chunk = new IndexedChunk(
                            entry.getValue(),
                            0,
                            entry.getValue().length(),
                            Pages.NONE,
                            "",
                            of(documents, entry.getKey()));
                    index.add(new IndexedDocument(entry.getKey(), entry.getKey(), "", Map.of(), List.of(chunk)));
                }
                index.commit();
                Map<String, float[]> questions = new HashMap<>();
                queries.forEach((id, query) -> questions.put(id, encoder.question(query)));
                for (Mode mode : Mode.values()) {
                    report(model, mode, index, queries, questions, relevant);
                }
            }
            try (Stream<Path> files = Files.walk(folder)) {
                files.sorted(Comparator.reverseOrder())
                        .forEach(file -> file.toFile().delete());
            }
        }
    }

    private static Map<String, float[]> vectors(TextEncoder encoder, Map<String, String> corpus, Path file)
            throws IOException {
        if (!Files.exists(file)) {
            List<String> ids = corpus.keySet().stream().sorted().toList();
            Path part = file.resolveSibling(file.getFileName() + ".part");
            try (DataOutputStream out = new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(part)))) {
                long began = System.nanoTime();
                for (int from = 0; from < ids.size(); from += AT_ONCE) {
                    List<String> some = ids.subList(from, Math.min(ids.size(), from + AT_ONCE));
                    float[][] vectors =
                            encoder.texts(some.stream().map(corpus::get).toList());
                    for (int i = 0; i < vectors.length; i++) {
                        out.writeUTF(some.get(i));
                        for (float value : vectors[i]) {
                            out.writeFloat(value);
                        }
                    }
                    System.err.printf(
                            "%d of %d, %.0f s%n", from + some.size(), ids.size(), (System.nanoTime() - began) / 1e9);
                }
            }
            Files.move(part, file);
        }
        Map<String, float[]> vectors = new HashMap<>();
        try (DataInputStream in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
            for (int i = 0; i < corpus.size(); i++) {
                String id = in.readUTF();
                float[] vector = new float[encoder.model().dimensions()];
                for (int d = 0; d < vector.length; d++) {
                    vector[d] = in.readFloat();
                }
                vectors.put(id, vector);
            }
        }
        return vectors;
    }

    private static void report(
            EncoderModel model,
            Mode mode,
            CollectionIndex index,
            Map<String, String> queries,
            Map<String, float[]> questions,
            Map<String, Map<String, Integer>> relevant) {
        double ndcg = 0;
        double recall = 0;
        List<Long> nanos = new ArrayList<>();
        for (Map.Entry<String, String> query : queries.entrySet()) {
            Question question = new Question(
                    "t",
                    query.getValue(),
                    of(questions, query.getKey()),
                    new AttributeFilter.All(List.of()),
                    mode,
                    DEPTH);
            long began = System.nanoTime();
            List<String> found = HybridSearch.search(List.of(index), question, 100).stream()
                    .map(Hit::document)
                    .toList();
            nanos.add(System.nanoTime() - began);
            ndcg += ndcg(found, of(relevant, query.getKey()));
            recall += recall(found, of(relevant, query.getKey()));
        }
        nanos.sort(null);
        System.out.printf(
                Locale.ROOT,
                "%-18s %-8s nDCG@10 %.4f  recall@100 %.4f  p50 %.1f ms  p95 %.1f ms%n",
                model.name(),
                mode,
                ndcg / queries.size(),
                recall / queries.size(),
                nanos.get(nanos.size() / 2) / 1e6,
                nanos.get(nanos.size() * 95 / 100) / 1e6);
    }

    private static <T> T of(Map<String, T> map, String key) {
        T value = map.get(key);
        if (value == null) {
            throw new IllegalStateException("there is nothing for " + key);
        }
        return value;
    }

    /** As trec_eval has it: the gain is the judgement itself. */
    private static double ndcg(List<String> found, Map<String, Integer> relevant) {
        double gain = 0;
        for (int i = 0; i < Math.min(10, found.size()); i++) {
            gain += relevant.getOrDefault(found.get(i), 0) / (Math.log(i + 2) / Math.log(2));
        }
        List<Integer> ideal = relevant.values().stream()
                .sorted(Comparator.reverseOrder())
                .limit(10)
                .toList();
        double best = 0;
        for (int i = 0; i < ideal.size(); i++) {
            best += ideal.get(i) / (Math.log(i + 2) / Math.log(2));
        }
        return best == 0 ? 0 : gain / best;
    }

    private static double recall(List<String> found, Map<String, Integer> relevant) {
        long all = relevant.values().stream().filter(r -> r > 0).count();
        long hit = found.stream().filter(id -> relevant.getOrDefault(id, 0) > 0).count();
        return (double) hit / all;
    }
}
