package dev.millrace.standalone.models;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.zip.GZIPInputStream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What transformers and llama.cpp say about one model file. Made by
 * {@code inference-service/src/test/python/make_model_goldens.py}, which describes the fields.
 */
@SuppressWarnings("ArrayRecordComponent") // read, never compared as a whole
record Golden(String model, String sha256, Set<Integer> ends, int[] sampleIds, List<Prompt> prompts) {
    record Prompt(
            String name,
            int[] ids,
            int[] greedy,
            float[] gaps,
            List<Position> positions,
            int[] llamaCpp,
            boolean llamaCppEnded) {
        /** The greedy answer's length up to its first end token, that token included. */
        int answerLength(Set<Integer> ends) {
            for (int i = 0; i < greedy.length; i++) {
                if (ends.contains(greedy[i])) {
                    return i + 1;
                }
            }
            return greedy.length;
        }

        /** How many tokens of the greedy answer llama.cpp gives too, before it first differs. */
        int keptByLlamaCpp(Set<Integer> ends) {
            int length = answerLength(ends);
            for (int i = 0; i < length; i++) {
                if (i == llamaCpp.length) {
                    // it doesn't give the end token itself
                    return llamaCppEnded && ends.contains(greedy[i]) ? i + 1 : i;
                }
                if (llamaCpp[i] != greedy[i]) {
                    return i;
                }
            }
            return length;
        }
    }

    /** Logits after {@code step} tokens of the greedy answer. */
    record Position(int step, double logSumExp, int[] topIds, float[] topLogits, float[] sampleLogits) {}

    static Golden read(String model) {
        String resource = "/goldens/" + model + ".json.gz";
        try (InputStream in = new GZIPInputStream(
                Objects.requireNonNull(Golden.class.getResourceAsStream(resource), "resource " + resource))) {
            JsonNode root = new JsonMapper().readTree(in);
            List<Prompt> prompts = new ArrayList<>();
            root.path("prompts").forEach(prompt -> prompts.add(prompt(prompt)));
            Set<Integer> ends = new HashSet<>();
            root.path("ends").forEach(id -> ends.add(id.asInt()));
            return new Golden(
                    model,
                    root.path("sha256").asString(),
                    ends,
                    integers(root.path("sampleIds")),
                    List.copyOf(prompts));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Prompt prompt(JsonNode node) {
        List<Position> positions = new ArrayList<>();
        for (JsonNode position : node.path("positions")) {
            positions.add(new Position(
                    position.path("step").asInt(),
                    position.path("logSumExp").asDouble(),
                    integers(position.path("topIds")),
                    floats(position.path("topLogits")),
                    floats(position.path("sampleLogits"))));
        }
        return new Prompt(
                node.path("name").asString(),
                integers(node.path("ids")),
                integers(node.path("greedy")),
                floats(node.path("gaps")),
                List.copyOf(positions),
                integers(node.path("llamaCpp")),
                node.path("llamaCppEnded").asBoolean());
    }

    private static int[] integers(JsonNode array) {
        int[] values = new int[array.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = array.get(i).asInt();
        }
        return values;
    }

    private static float[] floats(JsonNode base64) {
        ByteBuffer bytes = ByteBuffer.wrap(Base64.getDecoder().decode(base64.asString()));
        float[] values = new float[bytes.remaining() / 4];
        bytes.order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
        return values;
    }
}
