package dev.millrace.rag.retrieve;

import dev.millrace.rag.embed.CachedVectors;
import dev.millrace.rag.embed.EncoderModel;
import dev.millrace.rag.embed.TextEncoder;
import dev.millrace.rag.index.AttributeFilter;
import dev.millrace.rag.index.AttributeValue;
import dev.millrace.rag.index.BenchmarkIndex;
import dev.millrace.rag.index.IndexId;
import dev.millrace.rag.index.Nearness;
import dev.millrace.rag.index.Question;
import dev.millrace.rag.index.Question.Mode;
import dev.millrace.rag.index.Scoring;
import dev.millrace.rag.retrieve.AskedCollections.Asked;
import dev.millrace.rag.retrieve.AskedCollections.Asked.Kind;
import dev.millrace.rag.retrieve.AskedCollections.AskedCollection;
import dev.millrace.rag.retrieve.RelevanceFit.Example;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;

/**
 * How often retrieval finds that a collection doesn't answer a question, and how often it is wrong about that: for each
 * collection by what was fitted to the others alone. Prints what is fitted to all, which stands in
 * src/main/resources/retrieve/relevance.json.
 *
 * <pre>./mvnw -q -pl rag-service -am test-compile exec:exec@main -Dmain=dev.millrace.rag.retrieve.AbstentionBenchmark \
 *     -Darguments="SCIFACT_FOLDER PAIRS.jsonl.gz ../docs target/benchmarks bge-small-en-v1.5 5183"</pre>
 *
 * <p>What the sets are: {@link AskedCollections}. The last number says how many of SciFact's abstracts are indexed; with 0
 * SciFact is left out.
 */
final class AbstentionBenchmark {
    private static final int DEPTH = 100;
    /** The gateway's millrace.grounded.least-relevance. */
    private static final double LEAST = 0.25;

    private AbstentionBenchmark() {}

    /** A collection's questions, asked. */
    private record Answers(String name, boolean learnt, List<Kind> kinds, List<List<Nearness>> found) {
        /** Half of the weight is the answered questions', a quarter each that of the two other kinds. */
        List<Example> examples() {
            List<Example> examples = new ArrayList<>();
            for (int i = 0; i < kinds.size(); i++) {
                Kind kind = kinds.get(i);
                double weight = (kind == Kind.ANSWERED ? 2.0 : 1.0)
                        / kinds.stream().filter(kind::equals).count();
                examples.add(new Example(found.get(i), kind == Kind.ANSWERED, weight));
            }
            return examples;
        }

        double[] probabilities(Kind kind, Relevance relevance) {
            List<Double> probabilities = new ArrayList<>();
            for (int i = 0; i < kinds.size(); i++) {
                if (kinds.get(i) == kind) {
                    probabilities.add(relevance.of(RelevanceFit.likeliest(found.get(i), relevance)));
                }
            }
            return probabilities.stream()
                    .mapToDouble(Double::doubleValue)
                    .sorted()
                    .toArray();
        }
    }

    public static void main(String[] arguments) throws IOException {
        Path target = Path.of(arguments[3]);
        EncoderModel model = EncoderModel.named(arguments[4]);
        List<AskedCollection> collections = AskedCollections.of(
                Path.of(arguments[0]),
                Path.of(arguments[1]),
                Path.of(arguments[2]),
                model,
                Integer.parseInt(arguments[5]));
        List<Answers> all = new ArrayList<>();
        try (TextEncoder encoder = new TextEncoder(model, Runtime.getRuntime().availableProcessors())) {
            CachedVectors vectors = new CachedVectors(encoder, target);
            for (AskedCollection collection : collections) {
                all.add(answers(collection, vectors, target));
            }
        }
        System.out.printf("%-20s %12s %12s %12s%n", model.name(), "wrong", "missing", "off topic");
        for (Answers tested : all) {
            report(tested, all);
        }
        Relevance fitted = RelevanceFit.of(learnt(all, _ -> true).stream()
                .flatMap(one -> one.examples().stream())
                .toList());
        System.out.printf(
                Locale.ROOT,
                "\"%s\": {\"base\": %.2f, \"cosine\": %.2f, \"words\": %.2f}%n",
                model.name(),
                fitted.base(),
                fitted.cosine(),
                fitted.words());
    }

    private static Answers answers(AskedCollection collection, CachedVectors cache, Path target) throws IOException {
        float[][] vectors = cache.of(collection.texts());
        List<List<String>> queries = collection.questions().stream()
                .map(asked -> FollowUp.with(List.of(asked.text()), asked.earlier()))
                .toList();
        Iterator<float[]> questions = List.of(
                        cache.ofQuestions(queries.stream().flatMap(List::stream).toList()))
                .iterator();
        BenchmarkIndex index = BenchmarkIndex.of(target, collection.ids(), collection.texts(), vectors);
        List<List<Nearness>> found = new ArrayList<>();
        for (int i = 0; i < queries.size(); i++) {
            AttributeFilter filter = without(collection.questions().get(i));
            List<Nearness> near = new ArrayList<>();
            for (String query : queries.get(i)) {
                Question question =
                        new Question(BenchmarkIndex.TENANT, query, questions.next(), filter, Mode.HYBRID, DEPTH);
                index.indexes()
                        .search(List.of(IndexId.first(BenchmarkIndex.COLLECTION)), question, DEPTH, Scoring.RANKS)
                        .forEach(hit -> near.add(hit.nearness()));
            }
            found.add(near);
        }
        index.delete();
        return new Answers(
                collection.name(),
                collection.learnt(),
                collection.questions().stream().map(Asked::kind).toList(),
                found);
    }

    private static AttributeFilter without(Asked asked) {
        if (asked.leftOut().isEmpty()) {
            return new AttributeFilter.All(List.of());
        }
        return new AttributeFilter.Not(new AttributeFilter.In(
                BenchmarkIndex.ID,
                asked.leftOut().stream()
                        .<AttributeValue>map(AttributeValue.Text::new)
                        .toList()));
    }

    private static List<Answers> learnt(List<Answers> all, Predicate<Answers> which) {
        return all.stream().filter(Answers::learnt).filter(which).toList();
    }

    /** By what was fitted to other texts than these. */
    private static void report(Answers tested, List<Answers> all) {
        List<Answers> others = learnt(all, one -> !family(one).equals(family(tested)));
        Relevance relevance = RelevanceFit.of(
                others.stream().flatMap(one -> one.examples().stream()).toList());
        System.out.printf(
                Locale.ROOT,
                "%-20s %12s %12s %12s%n",
                tested.name(),
                share(tested.probabilities(Kind.ANSWERED, relevance)),
                share(tested.probabilities(Kind.MISSING, relevance)),
                share(tested.probabilities(Kind.OFF_TOPIC, relevance)));
    }

    private static String family(Answers answers) {
        return answers.name().substring(0, Math.min(5, answers.name().length()));
    }

    private static String share(double[] probabilities) {
        long below = 0;
        for (double probability : probabilities) {
            below += probability < LEAST ? 1 : 0;
        }
        return String.format(Locale.ROOT, "%.1f%% of %d", 100.0 * below / probabilities.length, probabilities.length);
    }
}
