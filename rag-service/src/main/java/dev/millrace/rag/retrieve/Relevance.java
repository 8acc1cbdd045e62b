package dev.millrace.rag.retrieve;

import dev.millrace.rag.index.Nearness;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The probability that a passage answers a question, from how near it is by meaning and by words. Fitted for each embedding
 * model by AbstentionBenchmark, beside the tests, which says how well it holds: half of the questions that it was fitted to
 * have an answer.
 *
 * @param base   log odds where nothing is near
 * @param cosine what a cosine of 1 adds
 * @param words  what all of the question's words add
 */
record Relevance(double base, double cosine, double words) {
    private static final String FITTED = "retrieve/relevance.json";

    /** By embedding model. */
    static Map<String, Relevance> fitted() {
        Map<String, Relevance> all = new HashMap<>();
        try (InputStream stream = Relevance.class.getClassLoader().getResourceAsStream(FITTED)) {
            if (stream == null) {
                throw new IllegalStateException("there is no " + FITTED + " on the class path");
            }
            for (Map.Entry<String, JsonNode> model :
                    JsonMapper.shared().readTree(stream).properties()) {
                JsonNode fit = model.getValue();
                all.put(
                        model.getKey(),
                        new Relevance(
                                fit.get("base").asDouble(),
                                fit.get("cosine").asDouble(),
                                fit.get("words").asDouble()));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(FITTED + " can't be read", e);
        }
        return all;
    }

    /** What was fitted for an embedding model. */
    static Relevance of(Map<String, Relevance> fitted, String model) {
        Relevance relevance = fitted.get(model);
        if (relevance == null) {
            throw new IllegalStateException("no relevance was fitted for the embedding model " + model);
        }
        return relevance;
    }

    /** From 0 to 1. */
    double of(Nearness nearness) {
        return 1 / (1 + Math.exp(-(base + cosine * nearness.cosine() + words * nearness.words())));
    }
}
