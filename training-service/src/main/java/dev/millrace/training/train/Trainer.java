package dev.millrace.training.train;

import ai.djl.ndarray.NDManager;
import dev.millrace.training.examples.Example;
import dev.millrace.training.examples.Examples;
import dev.millrace.training.examples.Prompts;
import dev.millrace.training.examples.Sequence;
import dev.millrace.training.method.Mean;
import dev.millrace.training.method.Method;
import dev.millrace.training.method.Method.Judged;
import dev.millrace.training.method.Method.Outcome;
import dev.millrace.training.method.Method.StepTotals;
import dev.millrace.training.model.Decoder;
import dev.millrace.training.model.LoraAdapter;
import dev.millrace.training.model.PassSettings;
import dev.millrace.training.model.ScoredBatch;
import dev.millrace.training.model.TokenScores;
import dev.millrace.training.model.Trained;
import dev.millrace.training.model.WholeModel;
import dev.millrace.training.torch.Scope;
import dev.millrace.training.train.Checkpoints.Progress;
import dev.millrace.training.train.TrainingSettings.Anchor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Trains an adapter, or all weights. The same settings, data and model give the same result bit by bit, however often it is
 * interrupted.
 */
public final class Trainer {
    private final Decoder decoder;
    private final Trained trained;
    private final Method method;
    private final Optimizer optimizer;
    private final TrainingSettings settings;
    private final Examples examples;
    private final ExampleOrder order;
    private final ReferenceScores references;
    private final Gradients gradients;
    private final Schedule schedule;
    private final List<Regularizer> regularizers = new ArrayList<>();
    private Optional<HeldOut> heldOut = Optional.empty();
    private Optional<Samples> samples = Optional.empty();
    private Optional<Examples> general = Optional.empty();
    private long evaluateEvery;
    private long trainedTokens;

    /** Hears of each step; it may stop the run between two of them. */
    public interface Listener {
        /** @return whether to go on */
        boolean stepped(StepReport report) throws IOException;
    }

    /** @param examples of which each has a scored token or more */
    public Trainer(
            Decoder decoder,
            Trained trained,
            Method method,
            Optimizer optimizer,
            TrainingSettings settings,
            Examples examples) {
        if (examples.size() == 0) {
            throw new IllegalArgumentException("there is no example to learn from");
        }
        this.decoder = decoder;
        this.trained = trained;
        this.method = method;
        this.optimizer = optimizer;
        this.settings = settings;
        this.examples = examples;
        this.order = new ExampleOrder(examples.size(), settings);
        this.references = new ReferenceScores(decoder, examples);
        this.gradients = new Gradients(trained.parameters().values());
        this.schedule = new Schedule(settings.shape(), settings.warmupSteps(), settings.totalSteps(examples.size()));
        this.evaluateEvery = settings.stepsPerEpoch(examples.size());
    }

    /**
     * Looks now and then, and after the last step, at examples that nothing is learnt from; the step's report tells what
     * was seen, each name after {@code eval_}.
     *
     * @param every steps between two looks; empty for once an epoch
     */
    public void evaluateOn(Examples unseen, OptionalLong every) {
        heldOut = Optional.of(new HeldOut(decoder, trained, method, unseen, settings.batchSize()));
        evaluateEvery = every.orElse(evaluateEvery);
    }

    /** Asks these prompts whenever there is a look, once an epoch where there are no held-out examples. */
    public void ask(Prompts prompts) {
        samples = Optional.of(new Samples(decoder, trained, prompts));
    }

    /** For elastic weight consolidation: examples of what is not to be forgotten. */
    public void remember(Examples kept) {
        general = Optional.of(kept);
    }

    /** What is measured by the start, before a checkpoint takes its place. */
    private void anchor() {
        Anchor anchor = settings.options().anchor();
        NDManager root = decoder.torch().root();
        if (anchor.distance() > 0) {
            regularizers.add(
                    switch (trained) {
                        case LoraAdapter adapter -> new SmallProduct(anchor.distance(), adapter);
                        case WholeModel whole ->
                            new PullToStart(
                                    anchor.distance(), whole.parameters().values(), List.of(), root);
                    });
        }
        if (anchor.elastic() > 0) {
            Examples kept = general.orElseThrow(
                    () -> new IllegalArgumentException("ewc needs examples of what is not to be forgotten"));
            regularizers.add(new PullToStart(
                    anchor.elastic(),
                    trained.parameters().values(),
                    Importance.of(decoder, trained, kept, settings.options().recompute()),
                    root));
        }
    }

    /**
     * Runs from the latest checkpoint, or from the start, to the end.
     *
     * @return whether the end was reached, the steps' or the patience's: else the listener stopped it, and a checkpoint was saved
     * @throws DivergedException if the loss is no number any more; the checkpoints before stay
     */
    public boolean run(Checkpoints checkpoints, Listener listener) throws IOException {
        if (method.needsReference() && trained instanceof WholeModel) {
            references.readAll();
            heldOut.ifPresent(HeldOut::readReferences);
        }
        anchor();
        Progress from = checkpoints.restore(trained, optimizer).orElse(Progress.NONE);
        Patience patience = new Patience(settings.options().patience(), from.best(), from.since());
        trainedTokens = from.trainedTokens();
        if (from.step() == 0) {
            samples.ifPresent(Samples::begin);
        }
        long total = schedule.totalSteps();
        for (long step = from.step() + 1; step <= total && !patience.isOver(); step++) {
            StepReport report = step(step);
            Double unseen = report.metrics().get(HeldOut.LOSS);
            if (unseen != null) {
                patience.saw(unseen);
            }
            boolean goOn = listener.stepped(report);
            boolean end = step == total || patience.isOver();
            if (end || !goOn || step % settings.checkpointEvery() == 0) {
                Progress progress = new Progress(step, trainedTokens, patience.best(), patience.since());
                checkpoints.save(progress, trained, optimizer);
            }
            if (!goOn) {
                return end;
            }
        }
        return true;
    }

    /** @param step from 1 */
    private StepReport step(long step) {
        int[] chosen = order.of(step - 1);
        long scored = 0;
        for (int index : chosen) {
            scored += examples.get(index).scoredTokens();
        }
        StepTotals totals = new StepTotals(scored, chosen.length);
        Map<String, Mean> metrics = new LinkedHashMap<>();
        double loss = 0;
        for (int from = 0; from < chosen.length; from += settings.batchSize()) {
            int to = Math.min(chosen.length, from + settings.batchSize());
            // what dropout and noise draw from: the same for this batch in whatever run
            long seed = settings.seed() * 1_000_003 + step * 1009 + from;
            Outcome outcome = batch(Arrays.copyOfRange(chosen, from, to), totals, seed);
            loss += outcome.loss();
            outcome.metrics().forEach((name, mean) -> metrics.merge(name, mean, Mean::and));
        }
        double rate = settings.learningRate() * schedule.factor(step - 1);
        Changed changed = change(step, loss, rate);
        if (!regularizers.isEmpty()) {
            metrics.put("regularization", new Mean(changed.pull(), 1));
        }
        return report(step, loss, rate, changed.norm(), metrics);
    }

    private Outcome batch(int[] indices, StepTotals totals, long seed) {
        List<Example> some = new ArrayList<>();
        List<Sequence> sequences = new ArrayList<>();
        for (int index : indices) {
            Example example = examples.get(index);
            some.add(example);
            sequences.addAll(example.sequences());
            trainedTokens += example.tokens();
        }
        List<List<Double>> before = new ArrayList<>();
        for (int index : indices) {
            before.add(method.needsReference() ? references.of(index) : List.of());
        }
        PassSettings pass = new PassSettings(
                true, seed, settings.options().noise(), settings.options().recompute());
        try (Scope scope = decoder.torch().scope()) {
            ScoredBatch scored = ScoredBatch.of(decoder, scope, sequences, Optional.of(trained), pass);
            Outcome outcome = method.evaluate(judged(some, scored.scores(), before), totals);
            if (Double.isFinite(outcome.loss())) {
                scored.backward(
                        outcome.coefficients().stream().flatMap(List::stream).toList());
            }
            return outcome;
        }
    }

    static List<Judged> judged(List<Example> examples, List<TokenScores> scores, List<List<Double>> before) {
        List<Judged> judged = new ArrayList<>();
        int at = 0;
        for (int i = 0; i < examples.size(); i++) {
            int count = examples.get(i).sequences().size();
            judged.add(new Judged(scores.subList(at, at + count), before.get(i)));
            at += count;
        }
        return judged;
    }

    /**
     * @param norm of all gradients, before they were clipped
     * @param pull the regularizers' part of the loss
     */
    private record Changed(double norm, double pull) {}

    /** Clips, lets the optimizer change what is trained, and clears the gradients. */
    private Changed change(long step, double loss, double rate) {
        try (Scope scope = decoder.torch().scope()) {
            if (!Double.isFinite(loss)) {
                throw new DivergedException(step, "the loss", loss);
            }
            double pull = 0;
            for (Regularizer regularizer : regularizers) {
                pull += regularizer.add(scope);
            }
            double norm = gradients.norm(scope);
            if (!Double.isFinite(norm)) {
                throw new DivergedException(step, "the gradient's norm", norm);
            }
            if (settings.options().clipValue() > 0) {
                gradients.clamp(scope, settings.options().clipValue());
                gradients.clip(scope, gradients.norm(scope), settings.clipNorm());
            } else {
                gradients.clip(scope, norm, settings.clipNorm());
            }
            optimizer.update(scope, rate, step);
            gradients.clear(scope);
            return new Changed(norm, pull);
        }
    }

    private StepReport report(long step, double loss, double rate, double norm, Map<String, Mean> means) {
        Map<String, Double> metrics = new LinkedHashMap<>();
        metrics.put("loss", loss);
        metrics.put("learning_rate", rate);
        metrics.put("grad_norm", norm);
        metrics.put("epoch", (double) step / settings.stepsPerEpoch(examples.size()));
        metrics.put("global_step", (double) step);
        metrics.put("num_tokens", (double) trainedTokens);
        means.forEach((name, mean) -> metrics.put(name, mean.value()));
        List<Answer> answers = new ArrayList<>();
        if (step % evaluateEvery == 0 || step == schedule.totalSteps()) {
            heldOut.ifPresent(unseen -> metrics.putAll(unseen.look()));
            boolean first = step <= evaluateEvery;
            samples.ifPresent(asked -> answers.addAll(asked.at(step, first)));
        }
        return new StepReport(step, schedule.totalSteps(), trainedTokens, metrics, answers);
    }
}
