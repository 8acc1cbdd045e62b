package dev.millrace.rag.retrieve;

import dev.millrace.rag.embed.Encoders;
import dev.millrace.rag.embed.TextEncoder;
import dev.millrace.rag.embed.TokenBorders;
import dev.millrace.rag.index.Nearness;
import dev.millrace.rag.index.WordMatch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Which of some texts answer a question best, by meaning and by words as in retrieval. A text that is longer than the model
 * reads is read in stretches, and as near as its nearest.
 */
public final class Reranker {
    /** The two special tokens. */
    private static final int SPECIAL = 2;

    private final Encoders encoders;
    private final Map<String, Relevance> relevance = Relevance.fitted();

    public Reranker(Encoders encoders) {
        this.encoders = encoders;
    }

    /**
     * @param index of the text, from 0
     * @param score the probability that the text answers the question
     */
    public record Ranked(int index, double score) {}

    /**
     * @param bestFirst of all texts
     * @param tokens    read of the question and the texts
     */
    public record Ranking(List<Ranked> bestFirst, long tokens) {
        public Ranking {
            bestFirst = List.copyOf(bestFirst);
        }
    }

    /**
     * @throws IllegalArgumentException if there is no such model
     */
    public Ranking rank(String model, String question, List<String> texts) {
        TextEncoder encoder = encoders.encoder(model);
        TokenBorders borders = encoders.borders(model);
        List<String> stretches = new ArrayList<>();
        List<Integer> owners = new ArrayList<>();
        long tokens = borders.starts(question).length;
        for (int i = 0; i < texts.size(); i++) {
            int[] starts = borders.starts(texts.get(i));
            tokens += starts.length;
            for (String stretch :
                    stretches(texts.get(i), starts, encoder.model().maxTokens() - SPECIAL)) {
                stretches.add(stretch);
                owners.add(i);
            }
        }
        float[] asked = encoder.question(question);
        float[][] vectors = encoder.texts(stretches);
        double[] cosines = new double[texts.size()];
        Arrays.fill(cosines, -1);
        for (int i = 0; i < vectors.length; i++) {
            cosines[owners.get(i)] = Math.max(cosines[owners.get(i)], dot(asked, vectors[i]));
        }
        double[] words = WordMatch.of(question, texts);
        Relevance relevance = Relevance.of(this.relevance, model);
        return new Ranking(
                IntStream.range(0, cosines.length)
                        .mapToObj(i -> new Ranked(i, relevance.of(new Nearness(cosines[i], words[i]))))
                        .sorted(Comparator.comparingDouble(Ranked::score).reversed())
                        .toList(),
                tokens);
    }

    private static List<String> stretches(String text, int[] starts, int most) {
        if (starts.length <= most) {
            return List.of(text);
        }
        List<String> stretches = new ArrayList<>();
        for (int from = 0; from < starts.length; from += most) {
            int to = from + most;
            stretches.add(text.substring(starts[from], to < starts.length ? starts[to] : text.length()));
        }
        return stretches;
    }

    private static double dot(float[] a, float[] b) {
        double sum = 0;
        for (int d = 0; d < a.length; d++) {
            sum += a[d] * b[d];
        }
        return sum;
    }
}
