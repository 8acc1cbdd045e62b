package dev.millrace.training.train;

import dev.millrace.training.examples.Example;
import dev.millrace.training.examples.Examples;
import dev.millrace.training.examples.Sequence;
import dev.millrace.training.method.Mean;
import dev.millrace.training.method.Method;
import dev.millrace.training.method.Method.Outcome;
import dev.millrace.training.method.Method.StepTotals;
import dev.millrace.training.model.Decoder;
import dev.millrace.training.model.PassSettings;
import dev.millrace.training.model.ScoredBatch;
import dev.millrace.training.model.Trained;
import dev.millrace.training.torch.Scope;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Examples that nothing is learnt from: what the model makes of them says whether it learns or only remembers. */
final class HeldOut {
    private static final String PREFIX = "eval_";
    /** The name of the loss among the metrics. */
    static final String LOSS = PREFIX + "loss";

    private final Decoder decoder;
    private final Trained trained;
    private final Method method;
    private final Examples examples;
    private final int batchSize;
    private final ReferenceScores references;

    HeldOut(Decoder decoder, Trained trained, Method method, Examples examples, int batchSize) {
        this.decoder = decoder;
        this.trained = trained;
        this.method = method;
        this.examples = examples;
        this.batchSize = batchSize;
        this.references = new ReferenceScores(decoder, examples);
    }

    /** Has all references computed, before the model's own weights change. */
    void readReferences() {
        references.readAll();
    }

    /** The loss of all of them as if they were one step, without dropout, and the method's metrics. */
    Map<String, Double> look() {
        long scored = 0;
        for (int i = 0; i < examples.size(); i++) {
            scored += examples.get(i).scoredTokens();
        }
        StepTotals totals = new StepTotals(scored, examples.size());
        Map<String, Mean> means = new LinkedHashMap<>();
        double loss = 0;
        for (int from = 0; from < examples.size(); from += batchSize) {
            Outcome outcome = batch(from, Math.min(examples.size(), from + batchSize), totals);
            loss += outcome.loss();
            outcome.metrics().forEach((name, mean) -> means.merge(name, mean, Mean::and));
        }
        Map<String, Double> metrics = new LinkedHashMap<>();
        metrics.put(LOSS, loss);
        means.forEach((name, mean) -> metrics.put(PREFIX + name, mean.value()));
        return metrics;
    }

    private Outcome batch(int from, int to, StepTotals totals) {
        List<Example> some = new ArrayList<>();
        List<Sequence> sequences = new ArrayList<>();
        List<List<Double>> before = new ArrayList<>();
        for (int i = from; i < to; i++) {
            Example example = examples.get(i);
            some.add(example);
            sequences.addAll(example.sequences());
            before.add(method.needsReference() ? references.of(i) : List.of());
        }
        try (Scope scope = decoder.torch().scope()) {
            ScoredBatch scored = ScoredBatch.of(decoder, scope, sequences, Optional.of(trained), PassSettings.LOOK);
            return method.evaluate(Trainer.judged(some, scored.scores(), before), totals);
        }
    }
}
