package dev.millrace.rag.retrieve;

import dev.millrace.rag.embed.CachedVectors;
import dev.millrace.rag.embed.EncoderModel;
import dev.millrace.rag.embed.TextEncoder;
import dev.millrace.rag.index.AttributeFilter;
import dev.millrace.rag.index.BenchmarkIndex;
import dev.millrace.rag.index.Hit;
import dev.millrace.rag.index.IndexId;
import dev.millrace.rag.index.Question;
import dev.millrace.rag.index.Question.Mode;
import dev.millrace.rag.index.Scoring;
import dev.millrace.rag.retrieve.AskedCollections.Asked.Kind;
import dev.millrace.rag.retrieve.RelevanceFit.Example;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * How well Chinese paragraphs are found, and the same in English, by words, by each model's vectors and by both; and how often
 * retrieval finds that nothing answers. Relevance is fitted to the questions about half of the articles and measured on the
 * other half, and the other way round; in Chinese also to, and on, every second one of questions-zh.tsv, which ask README.zh-CN.md
 * in other words than it has. Prints what is fitted to all, which for bge-small-zh-v1.5 and Chinese stands in
 * src/main/resources/retrieve/relevance.json.
 *
 * <pre>./mvnw -q -pl rag-service -am test-compile exec:exec@main -Dmain=dev.millrace.rag.retrieve.XquadBenchmark \
 *     -Darguments="XQUAD_FOLDER target/benchmarks bge-small-en-v1.5,bge-small-zh-v1.5 ../README.zh-CN.md"</pre>
 */
final class XquadBenchmark {
    private static final int DEPTH = 100;
    private static final int FOUND = 10;
    private static final int HALVES = 2;
    /** Weight of the page: with it as many questions off topic are told in Chinese as in English by what is shipped for it. */
    private static final double PAGE = 0.2;

    private XquadBenchmark() {}

    public static void main(String[] arguments) throws IOException {
        Path readme = Path.of(arguments[3]);
        for (String language : List.of("zh", "en")) {
            Xquad data = Xquad.in(Path.of(arguments[0]), language);
            System.out.printf(
                    "%s: %d paragraphs, %d questions%n",
                    language, data.paragraphs().size(), data.questions().size());
            for (String model : arguments[2].split(",", -1)) {
                measure(data, EncoderModel.named(model), readme, Path.of(arguments[1], "xquad"));
            }
        }
    }

    private static void measure(Xquad data, EncoderModel model, Path readme, Path target) throws IOException {
        try (TextEncoder encoder = new TextEncoder(model, Runtime.getRuntime().availableProcessors())) {
            CachedVectors vectors = new CachedVectors(encoder, target);
            List<Answers> halves = new ArrayList<>();
            List<Answers> pages = new ArrayList<>();
            List<Example> all = new ArrayList<>();
            List<Relevance> fitted = new ArrayList<>();
            for (int half = 0; half < HALVES; half++) {
                int which = half;
                halves.add(Answers.of(data.asked(article -> article % HALVES == which), vectors, target));
                List<Example> examples = new ArrayList<>(halves.get(half).examples());
                if (data.language().equals("zh")) {
                    pages.add(Answers.of(AskedCollections.chinesePage(readme, model, data, half), vectors, target));
                    pages.get(half).examples().forEach(one -> examples.add(light(one)));
                }
                fitted.add(RelevanceFit.of(examples));
                all.addAll(examples);
            }
            find(data, model, vectors, fitted, target);
            abstain(model.name() + ", fitted to the other half", halves, fitted.reversed());
            Relevance shipped = Relevance.of(Relevance.fitted(), model.name());
            abstain(model.name() + ", as shipped", halves, List.of(shipped, shipped));
            Relevance whole = RelevanceFit.of(all);
            if (data.language().equals("zh")) {
                abstain(model.name() + ", README.zh-CN.md, fitted to the other half", pages, fitted.reversed());
                abstain(model.name() + ", README.zh-CN.md, as shipped", pages, List.of(shipped, shipped));
            }
            System.out.printf(
                    Locale.ROOT,
                    "\"%s\": {\"base\": %.2f, \"cosine\": %.2f, \"words\": %.2f}%n",
                    model.name(),
                    whole.base(),
                    whole.cosine(),
                    whole.words());
        }
    }

    private static Example light(Example one) {
        return new Example(one.found(), one.answered(), one.weight() * PAGE);
    }

    /** @param relevance by which the questions about each half are answered */
    private static void abstain(String what, List<Answers> halves, List<Relevance> relevance) {
        StringBuilder line = new StringBuilder(what + ": abstains");
        for (Kind kind : Kind.values()) {
            Answers.Share share = new Answers.Share(0, 0);
            for (int half = 0; half < halves.size(); half++) {
                share = share.plus(halves.get(half).abstained(kind, relevance.get(half)));
            }
            line.append(", ").append(kind).append(' ').append(share);
        }
        System.out.println(line);
    }

    /** A way to find paragraphs. */
    private record Way(String name, Mode mode, List<Scoring> ofHalves) {
        Way(String name, Mode mode, Scoring scoring) {
            this(name, mode, List.of(scoring, scoring));
        }
    }

    private static void find(Xquad data, EncoderModel model, CachedVectors cache, List<Relevance> fitted, Path target)
            throws IOException {
        BenchmarkIndex index = BenchmarkIndex.of(target, data.ids(), data.texts(), cache.of(data.texts()));
        float[][] questions = cache.ofQuestions(
                data.questions().stream().map(Xquad.Question::text).toList());
        Relevance shipped = Relevance.of(Relevance.fitted(), model.name());
        for (Way way : List.of(
                new Way("words", Mode.WORDS, Scoring.RANKS),
                new Way("vectors", Mode.VECTORS, Scoring.RANKS),
                new Way("both, by ranks", Mode.HYBRID, Scoring.RANKS),
                new Way(
                        "both, by relevance fitted to the other half",
                        Mode.HYBRID,
                        fitted.reversed().stream()
                                .map(relevance -> Scoring.by(relevance::of))
                                .toList()),
                new Way("both, by relevance as shipped", Mode.HYBRID, Scoring.by(shipped::of)))) {
            double gain = 0;
            double reciprocal = 0;
            int found = 0;
            for (int i = 0; i < questions.length; i++) {
                Xquad.Question asked = data.questions().get(i);
                Question question = new Question(
                        BenchmarkIndex.TENANT,
                        asked.text(),
                        questions[i],
                        new AttributeFilter.All(List.of()),
                        way.mode(),
                        DEPTH);
                int rank = index
                        .indexes()
                        .search(
                                List.of(IndexId.first(BenchmarkIndex.COLLECTION)),
                                question,
                                FOUND,
                                way.ofHalves().get(asked.paragraph().article() % HALVES))
                        .stream()
                        .map(Hit::document)
                        .toList()
                        .indexOf(asked.paragraph().id());
                if (rank >= 0) {
                    gain += Math.log(2) / Math.log(rank + 2);
                    reciprocal += 1.0 / (rank + 1);
                    found++;
                }
            }
            System.out.printf(
                    Locale.ROOT,
                    "%-18s %-44s nDCG@10 %.4f  MRR@10 %.4f  recall@10 %.4f%n",
                    model.name(),
                    way.name(),
                    gain / questions.length,
                    reciprocal / questions.length,
                    (double) found / questions.length);
        }
        index.delete();
    }
}
