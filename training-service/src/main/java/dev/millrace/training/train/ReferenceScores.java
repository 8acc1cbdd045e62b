package dev.millrace.training.train;

import dev.millrace.training.examples.Example;
import dev.millrace.training.examples.Examples;
import dev.millrace.training.model.Decoder;
import dev.millrace.training.model.PassSettings;
import dev.millrace.training.model.ScoredBatch;
import dev.millrace.training.model.TokenScores;
import dev.millrace.training.torch.Scope;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What the model thought of each example before it was trained: computed when an example is first seen, and kept. */
final class ReferenceScores {
    private final Decoder decoder;
    private final Examples examples;
    private final Map<Integer, List<Double>> known = new HashMap<>();

    ReferenceScores(Decoder decoder, Examples examples) {
        this.decoder = decoder;
        this.examples = examples;
    }

    /** The log-probability of each of an example's sequences. */
    List<Double> of(int index) {
        return known.computeIfAbsent(index, this::compute);
    }

    /** Has all of them computed now: later the model won't be what it was. */
    void readAll() {
        for (int i = 0; i < examples.size(); i++) {
            of(i);
        }
    }

    private List<Double> compute(int index) {
        Example example = examples.get(index);
        try (Scope scope = decoder.torch().scope()) {
            List<Double> sums = new ArrayList<>();
            for (TokenScores scores : ScoredBatch.of(
                            decoder, scope, example.sequences(), Optional.empty(), PassSettings.LOOK)
                    .scores()) {
                sums.add(scores.sum());
            }
            return sums;
        }
    }
}
