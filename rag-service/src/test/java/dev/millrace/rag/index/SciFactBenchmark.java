package dev.millrace.rag.index;

import dev.millrace.rag.embed.CachedVectors;
import dev.millrace.rag.embed.EncoderModel;
import dev.millrace.rag.embed.Encoders;
import dev.millrace.rag.embed.PassageScorer;
import dev.millrace.rag.embed.Precedence;
import dev.millrace.rag.embed.RerankerModel;
import dev.millrace.rag.embed.TextEncoder;
import dev.millrace.rag.index.Question.Mode;
import dev.millrace.rag.retrieve.Reranking;
import dev.millrace.rag.retrieve.Retriever;
import dev.millrace.rag.retrieve.Retriever.Search;
import dev.millrace.rag.retrieve.Retriever.Search.Ranker;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * How well BEIR's SciFact is found: nDCG at 10 and recall at 100, by words, by vectors, by both, and
 * as the service has it, which embeds the question, too. Vectors are kept under
 * target/, so that a second run takes seconds. The index is Lucene's, PostgreSQL's with pgvector, or both, one after the other.
 *
 * <pre>./mvnw -q -pl rag-service -am test-compile exec:exec@scifact -Dscifact=FOLDER -Dscifact.indexes=lucene,pgvector</pre>
 *
 * <p>With {@code -Dscifact.reranker=FOLDER} also as a re-ranker puts it into order, by whole passages and by three sentences.
 * What the folder holds: {@link SciFact}.
 */
final class SciFactBenchmark {
    private static final int DEPTH = 1_000;
    private static final int FOUND = 100;
    private static final int MOST_TOKENS = 512;
    private static final int RERANKED = 20;
    private static final int SENTENCES = 3;
    private static final AttributeFilter EVERYTHING = new AttributeFilter.All(List.of());

    private SciFactBenchmark() {}

    public static void main(String[] arguments) throws IOException {
        SciFact data = SciFact.in(Path.of(arguments[0]));
        Path target = Path.of(arguments[1], "scifact");
        List<String> models = arguments.length > 2 ? List.of(arguments[2].split(",")) : EncoderModel.names();
        List<String> indexes = List.of(arguments.length > 3 ? arguments[3].split(",") : new String[] {"lucene"});
        System.out.printf(
                "%d documents, %d queries%n",
                data.documents().size(), data.queries().size());
        int threads = Runtime.getRuntime().availableProcessors();
        Optional<PassageScorer> scorer = arguments.length > 4
                ? Optional.of(new PassageScorer(RerankerModel.in(Path.of(arguments[4]), MOST_TOKENS), threads))
                : Optional.empty();
        for (String model : models) {
            for (String index : indexes) {
                measure(EncoderModel.named(model), index, data, target, scorer);
            }
        }
        scorer.ifPresent(PassageScorer::close);
    }

    private static void measure(
            EncoderModel model, String where, SciFact data, Path target, Optional<PassageScorer> scorer)
            throws IOException {
        List<String> ids = List.copyOf(data.documents().keySet());
        try (Encoders encoders = new Encoders(Runtime.getRuntime().availableProcessors())) {
            TextEncoder encoder = encoders.encoder(model.name());
            CachedVectors vectors = new CachedVectors(encoder, target);
            float[][] texts = vectors.of(data.texts());
            long began = System.nanoTime();
            BenchmarkIndex made = filled(where, target, ids, data.texts(), texts);
            System.out.printf(
                    Locale.ROOT,
                    "%s: %d chunks in %.1f s, %.0f MB%n",
                    where,
                    ids.size(),
                    (System.nanoTime() - began) / 1e9,
                    made.bytes() / 1e6);
            List<IndexId> collection = List.of(IndexId.first(BenchmarkIndex.COLLECTION));
            Map<String, float[]> questions = new HashMap<>();
            data.queries().forEach((id, query) -> questions.put(id, encoder.question(query)));
            for (Mode mode : Mode.values()) {
                report(model.name() + " in " + where + ", " + mode, data, id -> {
                    Question question = new Question(
                            BenchmarkIndex.TENANT, of(data.queries(), id), of(questions, id), EVERYTHING, mode, DEPTH);
                    return made.indexes().search(collection, question, FOUND, Scoring.RANKS);
                });
            }
            for (Ranker ranker : List.of(Ranker.RELEVANCE, Ranker.RANKS)) {
                Retriever retriever = new Retriever(encoders, made.indexes(), new Precedence(), Optional.empty());
                report(
                        model.name() + " in " + where + ", Retriever, " + ranker,
                        data,
                        asking(retriever, model, data, ranker));
            }
            for (int sentences : scorer.isPresent() ? new int[] {0, SENTENCES} : new int[0]) {
                Optional<Reranking> reranking = scorer.map(one -> new Reranking(one, RERANKED, sentences));
                Retriever retriever = new Retriever(encoders, made.indexes(), new Precedence(), reranking);
                report(
                        model.name() + " in " + where + ", re-ranked, sentences: " + sentences,
                        data,
                        asking(retriever, model, data, Ranker.BEST));
            }
            made.delete();
        }
    }

    private static Function<String, List<Hit>> asking(
            Retriever retriever, EncoderModel model, SciFact data, Ranker ranker) {
        List<IndexId> collection = List.of(IndexId.first(BenchmarkIndex.COLLECTION));
        return id -> {
            List<String> question = List.of(of(data.queries(), id));
            return retriever.passages(
                    collection,
                    new Search(BenchmarkIndex.TENANT, model.name(), question, EVERYTHING, FOUND, 0, ranker));
        };
    }

    private static BenchmarkIndex filled(
            String where, Path target, List<String> ids, List<String> texts, float[][] vectors) throws IOException {
        return switch (where) {
            case "lucene" -> BenchmarkIndex.of(target, ids, texts, vectors);
            case "pgvector" -> {
                BenchmarkIndex made = BenchmarkIndex.inPgvector();
                made.addAll(ids, texts, vectors);
                yield made;
            }
            default -> throw new IllegalArgumentException("the index is lucene or pgvector, was \"" + where + "\"");
        };
    }

    private static void report(String what, SciFact data, Function<String, List<Hit>> search) {
        double ndcg = 0;
        double recall = 0;
        List<Long> nanos = new ArrayList<>();
        for (String query : data.queries().keySet()) {
            long began = System.nanoTime();
            List<String> found = search.apply(query).stream().map(Hit::document).toList();
            nanos.add(System.nanoTime() - began);
            ndcg += ndcg(found, of(data.relevant(), query));
            recall += recall(found, of(data.relevant(), query));
        }
        nanos.sort(null);
        System.out.printf(
                Locale.ROOT,
                "%-50s nDCG@10 %.4f  recall@100 %.4f  p50 %.1f ms  p95 %.1f ms%n",
                what,
                ndcg / data.queries().size(),
                recall / data.queries().size(),
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
