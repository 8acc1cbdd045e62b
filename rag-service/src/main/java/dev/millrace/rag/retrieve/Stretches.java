package dev.millrace.rag.retrieve;

import dev.millrace.rag.embed.TokenBorders;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Texts cut to what a model reads at once.
 *
 * @param stretches of all texts, one after the other
 * @param owners    the text of each stretch
 * @param texts     how many there are
 * @param tokens    of all
 */
record Stretches(List<String> stretches, List<Integer> owners, int texts, long tokens) {
    /**
     * @param most tokens of a stretch
     */
    static Stretches of(List<String> texts, TokenBorders borders, int most) {
        List<String> stretches = new ArrayList<>();
        List<Integer> owners = new ArrayList<>();
        long tokens = 0;
        for (int i = 0; i < texts.size(); i++) {
            int[] starts = borders.starts(texts.get(i));
            tokens += starts.length;
            for (String stretch : cut(texts.get(i), starts, most)) {
                stretches.add(stretch);
                owners.add(i);
            }
        }
        return new Stretches(stretches, owners, texts.size(), tokens);
    }

    private static List<String> cut(String text, int[] starts, int most) {
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

    /** For each text the best that any of its stretches has. */
    double[] best(double[] ofStretches) {
        double[] best = new double[texts];
        Arrays.fill(best, Double.NEGATIVE_INFINITY);
        for (int i = 0; i < ofStretches.length; i++) {
            best[owners.get(i)] = Math.max(best[owners.get(i)], ofStretches[i]);
        }
        return best;
    }
}
