package dev.millrace.rag.embed;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import java.util.List;
import java.util.Map;

/** How well passages answer a question, by a cross-encoder: it reads both at once. Safe for several threads. */
public final class PassageScorer implements AutoCloseable {
    /** Of the tokens at most, so that a long question leaves room for the passage. */
    private static final double QUESTION_SHARE = 0.5;

    private final RerankerModel model;
    private final PairModel pairs;
    private final TokenBorders borders;
    private final int special;

    /**
     * @param threads that one call may use
     * @throws IllegalArgumentException if the network gives more than one logit for a pair
     */
    public PassageScorer(RerankerModel model, int threads) {
        this.model = model;
        OnnxModel network = new OnnxModel(model.onnx(), threads);
        HuggingFaceTokenizer tokenizer = model.tokenizer(
                Map.of("truncation", "only_second", "maxLength", "" + model.maxTokens(), "padding", "false"));
        special = tokenizer.encode("", "").getIds().length;
        pairs = new PairModel(network, tokenizer);
        borders = new TokenBorders(model);
        int labels = pairs.logits(List.of(new PairModel.Pair("What?", "That.")))[0].length;
        if (labels != 1) {
            close();
            throw new IllegalArgumentException("millrace.rag.reranker must be a model that gives one logit for a pair; "
                    + model.onnx() + " gives " + labels);
        }
    }

    public RerankerModel model() {
        return model;
    }

    /** Of its tokenizer. */
    public TokenBorders borders() {
        return borders;
    }

    /** How many tokens of a passage are read beside a question. */
    public int room(String question) {
        return model.maxTokens() - special - Math.min(mostAsked(), borders.starts(question).length);
    }

    private int mostAsked() {
        return (int) ((model.maxTokens() - special) * QUESTION_SHARE);
    }

    /** Probabilities, in the passages' order. Of a passage that is longer than there is {@link #room} for the beginning is read. */
    public double[] scores(String question, List<String> passages) {
        float[][] logits = logits(question, passages);
        double[] scores = new double[logits.length];
        for (int i = 0; i < scores.length; i++) {
            scores[i] = 1 / (1 + Math.exp(-logits[i][0]));
        }
        return scores;
    }

    /** [passages, 1]. */
    float[][] logits(String question, List<String> passages) {
        String asked = beginning(question);
        return pairs.logits(passages.stream()
                .map(passage -> new PairModel.Pair(asked, passage))
                .toList());
    }

    private String beginning(String question) {
        int[] starts = borders.starts(question);
        return starts.length <= mostAsked() ? question : question.substring(0, starts[mostAsked()]);
    }

    @Override
    public void close() {
        pairs.close();
        borders.close();
    }
}
