package dev.millrace.rag.retrieve;

import dev.millrace.rag.embed.CachedVectors;
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

/** A collection's questions, asked. */
record Answers(String name, boolean learnt, List<Kind> kinds, List<List<Nearness>> found) {
    private static final int DEPTH = 100;
    /** The gateway's millrace.grounded.least-relevance. */
    private static final double LEAST = 0.25;

    static Answers of(AskedCollection collection, CachedVectors cache, Path target) throws IOException {
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

    /** How often no answer would be tried. */
    Share abstained(Kind kind, Relevance relevance) {
        int all = 0;
        int below = 0;
        for (int i = 0; i < kinds.size(); i++) {
            if (kinds.get(i) == kind) {
                all++;
                below += relevance.of(RelevanceFit.likeliest(found.get(i), relevance)) < LEAST ? 1 : 0;
            }
        }
        return new Share(below, all);
    }

    /** Some of all. */
    record Share(int some, int all) {
        Share plus(Share other) {
            return new Share(some + other.some, all + other.all);
        }

        @Override
        public String toString() {
            return String.format(Locale.ROOT, "%.1f%% of %d", 100.0 * some / Math.max(1, all), all);
        }
    }
}
