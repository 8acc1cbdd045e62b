package dev.millrace.rag.check;

import dev.millrace.rag.embed.EncoderModel;
import dev.millrace.rag.embed.OnnxModel;
import dev.millrace.rag.embed.PairModel;
import dev.millrace.rag.embed.TextEncoder;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The shipped model: MiniLM over both texts at once, trained by src/main/python/check/train_check.py. Safe for several threads. */
public final class CrossEncoder implements ClaimClassifier, AutoCloseable {
    private static final String MODEL = "check/check.onnx";
    private static final String SETTINGS = "check/check.json";

    private final PairModel model;
    private final double temperature;
    private final double threshold;

    /**
     * @param threads that one call may use
     */
    public CrossEncoder(int threads) {
        JsonNode settings = settings();
        temperature = settings.get("temperature").asDouble();
        threshold = settings.get("threshold").asDouble();
        model = new PairModel(
                new OnnxModel(MODEL, threads),
                TextEncoder.tokenizer(
                        EncoderModel.MINILM,
                        Map.of(
                                "truncation",
                                "longest_first",
                                "maxLength",
                                "" + settings.get("max_tokens").asInt(),
                                "padding",
                                "false")));
    }

    /** Whether the model is on the class path. */
    public static boolean isShipped() {
        return CrossEncoder.class.getClassLoader().getResource(MODEL) != null;
    }

    private static JsonNode settings() {
        try (InputStream stream = CrossEncoder.class.getClassLoader().getResourceAsStream(SETTINGS)) {
            if (stream == null) {
                throw new IllegalStateException("there is no " + SETTINGS + " on the class path");
            }
            return JsonMapper.shared().readTree(stream);
        } catch (IOException e) {
            throw new UncheckedIOException(SETTINGS + " can't be read", e);
        }
    }

    @Override
    public double threshold() {
        return threshold;
    }

    @Override
    public List<Probabilities> classify(List<Pair> pairs) {
        float[][] logits = model.logits(pairs.stream()
                .map(pair -> new PairModel.Pair(pair.premise(), pair.claim()))
                .toList());
        return Arrays.stream(logits).map(this::probabilities).toList();
    }

    private Probabilities probabilities(float[] logits) {
        double[] exponents = new double[logits.length];
        double sum = 0;
        for (int i = 0; i < logits.length; i++) {
            exponents[i] = Math.exp(logits[i] / temperature);
            sum += exponents[i];
        }
        return new Probabilities(exponents[0] / sum, exponents[1] / sum, exponents[2] / sum);
    }

    @Override
    public void close() {
        model.close();
    }
}
