package dev.millrace.inference.models;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A random model with what transformers says of it. Made by {@code src/test/python/make_tiny_models.py}.
 *
 * @param paths the same weights as a folder and, for most, as a GGUF file
 */
record TinyModel(String name, List<Path> paths, List<Prompt> prompts) {
    private static final Path FOLDER = Path.of("src/test/resources/tiny");

    /**
     * @param logits [position][vocabulary]
     */
    @SuppressWarnings("ArrayRecordComponent") // read, never compared as a whole
    record Prompt(int[] ids, float[][] logits) {}

    static List<TinyModel> all() {
        List<TinyModel> models = new ArrayList<>();
        for (Map.Entry<String, JsonNode> entry : expected().properties()) {
            Path gguf = FOLDER.resolve(entry.getKey() + ".gguf");
            List<Path> paths = new ArrayList<>(List.of(FOLDER.resolve(entry.getKey())));
            if (Files.exists(gguf)) {
                paths.add(gguf);
            }
            List<Prompt> prompts = new ArrayList<>();
            entry.getValue().forEach(prompt -> prompts.add(prompt(prompt)));
            models.add(new TinyModel(entry.getKey(), List.copyOf(paths), List.copyOf(prompts)));
        }
        return models;
    }

    static TinyModel named(String name) {
        return all().stream()
                .filter(model -> model.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    /** The longest prompt. */
    Prompt longest() {
        return prompts.getLast();
    }

    private static JsonNode expected() {
        try (InputStream in = new GZIPInputStream(Files.newInputStream(FOLDER.resolve("expected.json.gz")))) {
            return new JsonMapper().readTree(in);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    static Prompt prompt(JsonNode node) {
        int[] ids = new int[node.path("ids").size()];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = node.path("ids").get(i).asInt();
        }
        FloatBuffer values = ByteBuffer.wrap(
                        Base64.getDecoder().decode(node.path("logits").asString()))
                .order(ByteOrder.LITTLE_ENDIAN)
                .asFloatBuffer();
        float[][] logits = new float[ids.length][values.remaining() / ids.length];
        for (float[] row : logits) {
            values.get(row);
        }
        return new Prompt(ids, logits);
    }
}
