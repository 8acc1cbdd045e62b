package dev.millrace.rag.embed;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Texts as vectors of length 1. What a text has beyond the model's limit of tokens is left out. Safe for several threads. */
public final class TextEncoder implements AutoCloseable {
    /** Enough that the network is busy, and few enough that a batch fits into the caches. */
    private static final int TOKENS_PER_BATCH = 4096;

    private final EncoderModel model;
    private final OnnxModel network;
    private final HuggingFaceTokenizer tokenizer;

    public TextEncoder(EncoderModel model, int threads) {
        this.model = model;
        this.network = new OnnxModel(model.onnx(), threads);
        this.tokenizer =
                tokenizer(model, Map.of("truncation", "true", "maxLength", "" + model.maxTokens(), "padding", "false"));
    }

    /** A model's tokenizer; options as the binding has them. */
    public static HuggingFaceTokenizer tokenizer(EncoderModel model, Map<String, String> options) {
        byte[] file = OnnxModel.bytes(model.tokenizer());
        if (model.lowerCase()) {
            ObjectNode json = (ObjectNode) JsonMapper.shared().readTree(file);
            json.withObject("/normalizer").put("lowercase", true);
            file = JsonMapper.shared().writeValueAsBytes(json);
        }
        try (InputStream stream = new ByteArrayInputStream(file)) {
            return HuggingFaceTokenizer.newInstance(stream, options);
        } catch (IOException e) {
            throw new UncheckedIOException("the tokenizer " + model.tokenizer() + " can't be read", e);
        }
    }

    public EncoderModel model() {
        return model;
    }

    /** [dimensions] of a question. */
    public float[] question(String text) {
        return texts(List.of(model.queryPrefix() + text))[0];
    }

    /** [texts, dimensions], in the texts' order. */
    public float[][] texts(List<String> texts) {
        Encoding[] encodings = tokenizer.batchEncode(texts);
        float[][] vectors = new float[texts.size()][];
        for (int[] batch : Batches.of(encodings, TOKENS_PER_BATCH)) {
            encode(batch, encodings, vectors);
        }
        return vectors;
    }

    private void encode(int[] batch, Encoding[] encodings, float[][] vectors) {
        float[][][] states = (float[][][])
                network.run(Arrays.stream(batch).mapToObj(i -> encodings[i]).toList());
        for (int i = 0; i < batch.length; i++) {
            int tokens = encodings[batch[i]].getIds().length;
            float[] vector = switch (model.pooling()) {
                case CLS -> states[i][0];
                case MEAN -> sum(states[i], tokens);
            };
            vectors[batch[i]] = normalised(vector);
        }
    }

    private static float[] sum(float[][] states, int tokens) {
        float[] sum = new float[states[0].length];
        for (int token = 0; token < tokens; token++) {
            for (int d = 0; d < sum.length; d++) {
                sum[d] += states[token][d];
            }
        }
        return sum;
    }

    private static float[] normalised(float[] vector) {
        double square = 0;
        for (float v : vector) {
            square += v * v;
        }
        float scale = (float) (1 / Math.max(Math.sqrt(square), 1e-12));
        for (int d = 0; d < vector.length; d++) {
            vector[d] *= scale;
        }
        return vector;
    }

    @Override
    public void close() {
        network.close();
        tokenizer.close();
    }
}
