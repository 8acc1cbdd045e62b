package dev.millrace.rag.embed;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import java.util.Arrays;
import java.util.List;

/** A network that reads two texts at once, with its tokenizer; it closes both. Safe for several threads. */
public final class PairModel implements AutoCloseable {
    /** 20 passages of some 60 tokens, of which the longest has twice as many, take half of the time that they take in one batch. */
    private static final int TOKENS_PER_BATCH = 256;

    private final OnnxModel network;
    private final HuggingFaceTokenizer tokenizer;

    /**
     * @param network   whose first output is [pairs, labels]
     * @param tokenizer that cuts a pair to what the network reads, and doesn't fill it up
     */
    public PairModel(OnnxModel network, HuggingFaceTokenizer tokenizer) {
        this.network = network;
        this.tokenizer = tokenizer;
    }

    public record Pair(String first, String second) {}

    /**
     * [pairs, labels], in the pairs' order.
     *
     * @throws IllegalStateException if the network's output is of another shape
     */
    public float[][] logits(List<Pair> pairs) {
        Encoding[] encodings = pairs.stream()
                .map(pair -> tokenizer.encode(pair.first(), pair.second()))
                .toArray(Encoding[]::new);
        float[][] all = new float[encodings.length][];
        for (int[] batch : Batches.of(encodings, TOKENS_PER_BATCH)) {
            Object output =
                    network.run(Arrays.stream(batch).mapToObj(i -> encodings[i]).toList());
            if (!(output instanceof float[][] logits)) {
                throw new IllegalStateException("the network must give floats of the shape [pairs, labels], gave "
                        + output.getClass().getSimpleName());
            }
            for (int i = 0; i < batch.length; i++) {
                all[batch[i]] = logits[i];
            }
        }
        return all;
    }

    @Override
    public void close() {
        network.close();
        tokenizer.close();
    }
}
