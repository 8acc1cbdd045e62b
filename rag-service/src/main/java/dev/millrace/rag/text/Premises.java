package dev.millrace.rag.text;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The sentences of some passages, and which of them together hold most of a claim's, or a question's, rarer words. The rule
 * is that of the check's training: {@code best} in src/main/python/check/sentences.py.
 */
public final class Premises {
    private final List<String> passages;
    private final List<Place> sentences = new ArrayList<>();
    private final Map<String, Integer> frequencies = new HashMap<>();

    /** A sentence of a passage. */
    public record Place(int passage, Span span, Set<String> terms) {}

    public Premises(List<String> passages) {
        this.passages = List.copyOf(passages);
        for (int i = 0; i < passages.size(); i++) {
            for (Span span : Sentences.split(passages.get(i))) {
                Set<String> terms = new HashSet<>(Terms.of(span.of(passages.get(i))));
                sentences.add(new Place(i, span, terms));
                terms.forEach(term -> frequencies.merge(term, 1, Integer::sum));
            }
        }
    }

    public String text(Place place) {
        return place.span().of(passages.get(place.passage()));
    }

    /**
     * What a claim is held to.
     *
     * @param closest of the sentences by itself; none where there are no sentences
     * @param text the best ones, in the order of the passages
     */
    public record Premise(Optional<Place> closest, String text) {}

    /** Of at most {@code count} sentences, fewer where a further one adds nothing. */
    public Premise of(String claim, int count) {
        List<Integer> chosen = choose(claim, count);
        return new Premise(
                chosen.stream().findFirst().map(sentences::get),
                inOrder(chosen).stream().map(this::text).collect(Collectors.joining(" ")));
    }

    /** The sentences of {@link #of}, in the order of the passages. */
    List<Place> best(String claim, int count) {
        return inOrder(choose(claim, count));
    }

    private List<Place> inOrder(List<Integer> chosen) {
        return chosen.stream().sorted().map(sentences::get).toList();
    }

    /** Indexes of sentences, the best first. */
    private List<Integer> choose(String claim, int count) {
        Set<String> open = new HashSet<>(Terms.of(claim));
        List<Integer> chosen = new ArrayList<>();
        while (chosen.size() < Math.min(count, sentences.size())) {
            int best = -1;
            double bestGain = chosen.isEmpty() ? -1 : 0;
            for (int i = 0; i < sentences.size(); i++) {
                double gain = chosen.contains(i) ? -1 : gain(sentences.get(i).terms(), open);
                if (gain > bestGain) {
                    best = i;
                    bestGain = gain;
                }
            }
            if (best < 0) {
                break;
            }
            chosen.add(best);
            open.removeAll(sentences.get(best).terms());
        }
        return chosen;
    }

    private double gain(Set<String> terms, Set<String> open) {
        double sum = 0;
        for (String term : open.stream().filter(terms::contains).sorted().toList()) {
            sum += Math.log(1 + (sentences.size() + 1.0) / (1 + frequencies.getOrDefault(term, 0)));
        }
        return sum / (1 + Math.log(1 + terms.size()) / 10);
    }
}
