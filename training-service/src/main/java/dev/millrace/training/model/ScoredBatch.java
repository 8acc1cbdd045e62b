package dev.millrace.training.model;

import dev.millrace.training.examples.Sequence;
import dev.millrace.training.torch.Scope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Sequences that went through the model together. Lives as long as its scope. */
public final class ScoredBatch {
    private final Decoder decoder;
    private final Scope scope;
    private final Scored scored;
    private final List<TokenScores> scores;

    private ScoredBatch(Decoder decoder, Scope scope, Scored scored, List<TokenScores> scores) {
        this.decoder = decoder;
        this.scope = scope;
        this.scored = scored;
        this.scores = scores;
    }

    /**
     * @param sequences of which each has a scored token or more
     * @param trained none for the model as it was; with a reward model's head each sequence has its reward as its only score
     */
    public static ScoredBatch of(
            Decoder decoder,
            Scope scope,
            List<Sequence> sequences,
            Optional<? extends Trained> trained,
            PassSettings settings) {
        List<int[]> ids = sequences.stream().map(Sequence::ids).toList();
        // where something is drawn, each sequence draws for itself
        TokenBatch batch =
                settings.noise() > 0 || Pass.dropout(trained) > 0 ? new TokenBatch(ids) : TokenBatch.sharing(ids);
        int[] starts = batch.starts();
        if (trained.isPresent() && trained.get().parameter(LoraAdapter.SCORE).isPresent()) {
            long[] ends = Arrays.stream(starts)
                    .skip(1)
                    .mapToLong(end -> batch.rows()[end - 1])
                    .toArray();
            Trace trace = decoder.forward(scope, batch, trained, settings);
            Scored scored = decoder.rewards(scope, trace, ends);
            return new ScoredBatch(decoder, scope, scored, rewards(scored));
        }
        int count = sequences.stream().mapToInt(Sequence::scoredTokens).sum();
        long[] rows = new long[count];
        long[] labels = new long[count];
        int at = 0;
        for (int i = 0; i < sequences.size(); i++) {
            Sequence sequence = sequences.get(i);
            for (int token = sequence.scored().nextSetBit(0);
                    token >= 0;
                    token = sequence.scored().nextSetBit(token + 1)) {
                // the position before it predicts it
                rows[at] = batch.rows()[starts[i] + token - 1];
                labels[at] = sequence.ids()[token];
                at++;
            }
        }
        Trace trace = decoder.forward(scope, batch, trained, settings);
        Scored scored = decoder.score(scope, trace, rows, labels);
        return new ScoredBatch(decoder, scope, scored, split(sequences, scored));
    }

    private static List<TokenScores> rewards(Scored scored) {
        return Arrays.stream(scored.logps())
                .mapToObj(reward -> new TokenScores(new double[] {reward}, 0, 0))
                .toList();
    }

    private static List<TokenScores> split(List<Sequence> sequences, Scored scored) {
        List<TokenScores> scores = new ArrayList<>();
        int at = 0;
        for (Sequence sequence : sequences) {
            double[] logps = new double[sequence.scoredTokens()];
            int hits = 0;
            double meanLogit = 0;
            for (int i = 0; i < logps.length; i++, at++) {
                logps[i] = scored.logps()[at];
                hits += scored.hits()[at] ? 1 : 0;
                meanLogit += scored.meanLogits()[at] / logps.length;
            }
            scores.add(new TokenScores(logps, hits, meanLogit));
        }
        return scores;
    }

    /** In the order of the sequences. */
    public List<TokenScores> scores() {
        return scores;
    }

    /**
     * Adds to the gradients of all that is trained. Once: it uses up what the forward pass left behind.
     *
     * @param coefficients the loss's derivative by each log-probability: for each sequence one for each scored token
     */
    public void backward(List<double[]> coefficients) {
        double[] all = new double[scored.logps().length];
        int at = 0;
        for (double[] some : coefficients) {
            System.arraycopy(some, 0, all, at, some.length);
            at += some.length;
        }
        if (at != all.length) {
            throw new IllegalArgumentException(
                    at + " coefficients were given for " + all.length + " log-probabilities");
        }
        decoder.backward(scope, scored, all);
    }
}
