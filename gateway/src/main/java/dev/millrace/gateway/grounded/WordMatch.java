package dev.millrace.gateway.grounded;

import dev.millrace.contracts.v1.Passage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Which words of the passages a sentence comes from, told by the rarer words that both have. */
final class WordMatch {
    /** Of a sentence's words, by weight, the least that a source must share. */
    private static final double LEAST_SHARE = 0.5;

    private final List<Place> places = new ArrayList<>();
    private final Map<String, Integer> frequencies = new HashMap<>();

    /**
     * A sentence of a passage.
     *
     * @param passage its index
     */
    record Place(int passage, Sentences.Span span, Set<String> terms) {}

    WordMatch(List<Passage> passages) {
        for (int i = 0; i < passages.size(); i++) {
            String text = passages.get(i).getText();
            for (Sentences.Span span : Sentences.of(text)) {
                Set<String> terms = Terms.of(span.of(text));
                places.add(new Place(i, span, terms));
                terms.forEach(term -> frequencies.merge(term, 1, Integer::sum));
            }
        }
    }

    /** The best match; among some passages alone, where the sentence names them. */
    Optional<Place> best(String sentence, List<Integer> passages) {
        Set<String> wanted = Terms.of(sentence);
        double all = wanted.stream().mapToDouble(this::weight).sum();
        Optional<Place> best = Optional.empty();
        double most = passages.isEmpty() ? all * LEAST_SHARE : 0;
        for (Place place : places) {
            if (passages.isEmpty() || passages.contains(place.passage())) {
                double shared = wanted.stream()
                        .filter(place.terms()::contains)
                        .mapToDouble(this::weight)
                        .sum();
                if (shared > 0 && shared >= most && (best.isEmpty() || shared > most)) {
                    best = Optional.of(place);
                    most = shared;
                }
            }
        }
        return best;
    }

    /** How much the words of a text matter together to a question. */
    double relevance(Set<String> terms, Set<String> question) {
        return question.stream()
                .filter(terms::contains)
                .mapToDouble(this::weight)
                .sum();
    }

    List<Place> places(int passage) {
        return places.stream().filter(place -> place.passage() == passage).toList();
    }

    private double weight(String term) {
        return Math.log(1 + (places.size() + 1.0) / (1 + frequencies.getOrDefault(term, 0)));
    }
}
