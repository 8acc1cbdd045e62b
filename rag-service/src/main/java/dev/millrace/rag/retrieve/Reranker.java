package dev.millrace.rag.retrieve;

import dev.millrace.rag.embed.EncoderModel;
import dev.millrace.rag.embed.Encoders;
import dev.millrace.rag.embed.PassageScorer;
import dev.millrace.rag.embed.TextEncoder;
import dev.millrace.rag.embed.TokenBorders;
import dev.millrace.rag.index.Nearness;
import dev.millrace.rag.index.WordMatch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Which of some texts answer a question best: by a cross-encoder, or by meaning and by words as in retrieval. A text that is
 * longer than the model reads is read in stretches, and as good as its best.
 */
public final class Reranker {
    /** The two special tokens of an encoder. */
    private static final int SPECIAL = 2;

    private final Encoders encoders;
    private final Optional<PassageScorer> crossEncoder;
    private final String embeddingModel;
    private final Map<String, Relevance> relevance = Relevance.fitted();

    /**
     * @param crossEncoder   that ranks where no model is named
     * @param embeddingModel that does where there is no cross-encoder
     */
    public Reranker(Encoders encoders, Optional<PassageScorer> crossEncoder, String embeddingModel) {
        this.encoders = encoders;
        this.crossEncoder = crossEncoder;
        this.embeddingModel = embeddingModel;
    }

    /**
     * @param index of the text, from 0
     * @param score the probability that the text answers the question
     */
    public record Ranked(int index, double score) {}

    /**
     * @param model     that ranked
     * @param bestFirst of all texts
     * @param tokens    read of the question and the texts
     */
    public record Ranking(String model, List<Ranked> bestFirst, long tokens) {
        public Ranking {
            bestFirst = List.copyOf(bestFirst);
        }
    }

    /**
     * @param model empty for the default
     * @throws IllegalArgumentException if there is no such model
     */
    public Ranking rank(String model, String question, List<String> texts) {
        Optional<PassageScorer> scorer = crossEncoder.filter(
                one -> model.isEmpty() || model.equals(one.model().name()));
        return scorer.isPresent()
                ? ranked(scorer.get(), question, texts)
                : ranked(model.isEmpty() ? embeddingModel : known(model), question, texts);
    }

    private String known(String model) {
        List<String> names = new ArrayList<>(EncoderModel.names());
        if (!names.contains(model)) {
            crossEncoder.ifPresent(one -> names.add(one.model().name()));
            throw new IllegalArgumentException(
                    "there is no model \"" + model + "\" that ranks; there are " + String.join(", ", names));
        }
        return model;
    }

    private static Ranking ranked(PassageScorer scorer, String question, List<String> texts) {
        Stretches stretches = Stretches.of(texts, scorer.borders(), scorer.room(question));
        return ranking(
                scorer.model().name(),
                stretches.best(scorer.scores(question, stretches.stretches())),
                tokens(scorer.borders(), question) + stretches.tokens());
    }

    private Ranking ranked(String model, String question, List<String> texts) {
        TextEncoder encoder = encoders.encoder(model);
        TokenBorders borders = encoders.borders(model);
        Stretches stretches = Stretches.of(texts, borders, encoder.model().maxTokens() - SPECIAL);
        float[] asked = encoder.question(question);
        double[] cosines = stretches.best(Arrays.stream(encoder.texts(stretches.stretches()))
                .mapToDouble(vector -> dot(asked, vector))
                .toArray());
        double[] words = WordMatch.of(question, texts);
        Relevance relevance = Relevance.of(this.relevance, model);
        return ranking(
                model,
                IntStream.range(0, cosines.length)
                        .mapToDouble(i -> relevance.of(new Nearness(cosines[i], words[i])))
                        .toArray(),
                tokens(borders, question) + stretches.tokens());
    }

    private static Ranking ranking(String model, double[] scores, long tokens) {
        return new Ranking(
                model,
                IntStream.range(0, scores.length)
                        .mapToObj(i -> new Ranked(i, scores[i]))
                        .sorted(Comparator.comparingDouble(Ranked::score).reversed())
                        .toList(),
                tokens);
    }

    private static int tokens(TokenBorders borders, String question) {
        return borders.starts(question).length;
    }

    private static double dot(float[] a, float[] b) {
        double sum = 0;
        for (int d = 0; d < a.length; d++) {
            sum += a[d] * b[d];
        }
        return sum;
    }
}
