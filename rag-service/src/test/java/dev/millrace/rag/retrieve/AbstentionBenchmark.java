package dev.millrace.rag.retrieve;

import dev.millrace.rag.embed.CachedVectors;
import dev.millrace.rag.embed.EncoderModel;
import dev.millrace.rag.embed.TextEncoder;
import dev.millrace.rag.retrieve.AskedCollections.Asked.Kind;
import dev.millrace.rag.retrieve.AskedCollections.AskedCollection;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
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
    private AbstentionBenchmark() {}

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
                all.add(Answers.of(collection, vectors, target));
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
                tested.abstained(Kind.ANSWERED, relevance).toString(),
                tested.abstained(Kind.MISSING, relevance).toString(),
                tested.abstained(Kind.OFF_TOPIC, relevance).toString());
    }

    private static String family(Answers answers) {
        return answers.name().substring(0, Math.min(5, answers.name().length()));
    }
}
