package dev.millrace.rag.check;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import dev.millrace.rag.embed.EncoderModel;
import dev.millrace.rag.embed.OnnxModel;
import dev.millrace.rag.embed.TextEncoder;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The shipped model: MiniLM over both texts at once, trained by src/main/python/check/train_check.py. Safe for several threads. */
public final class CrossEncoder implements ClaimClassifier, AutoCloseable {
    private static final String MODEL = "check/check.onnx";
    private static final String SETTINGS = "check/check.json";
    private static final int BATCH = 32;

    private final OnnxModel network;
    private final HuggingFaceTokenizer tokenizer;
    private final double temperature;
    private final double threshold;

    /**
     * @param threads that one call may use
     */
    public CrossEncoder(int threads) {
        JsonNode settings = settings();
        temperature = settings.get("temperature").asDouble();
        threshold = settings.get("threshold").asDouble();
        network = new OnnxModel(MODEL, threads);
        tokenizer = TextEncoder.tokenizer(
                EncoderModel.MINILM.tokenizer(),
                Map.of(
                        "truncation",
                        "longest_first",
                        "maxLength",
                        "" + settings.get("max_tokens").asInt(),
                        "padding",
                        "false"));
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
        Encoding[] encodings = pairs.stream()
                .map(pair -> tokenizer.encode(pair.premise(), pair.claim()))
                .toArray(Encoding[]::new);
        int[] order = IntStream.range(0, encodings.length)
                .boxed()
                .sorted(Comparator.comparingInt(i -> encodings[i].getIds().length))
                .mapToInt(Integer::intValue)
                .toArray();
        Probabilities[] all = new Probabilities[encodings.length];
        for (int from = 0; from < order.length; from += BATCH) {
            int[] batch = Arrays.copyOfRange(order, from, Math.min(order.length, from + BATCH));
            float[][] logits = (float[][])
                    network.run(Arrays.stream(batch).mapToObj(i -> encodings[i]).toList());
            for (int i = 0; i < batch.length; i++) {
                all[batch[i]] = probabilities(logits[i]);
            }
        }
        return List.of(all);
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
        network.close();
        tokenizer.close();
    }
}
