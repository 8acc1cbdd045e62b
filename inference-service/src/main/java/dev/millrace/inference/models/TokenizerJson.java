package dev.millrace.inference.models;

import dev.millrace.inference.model.UnsupportedModelException;
import dev.millrace.inference.text.ByteLevel;
import dev.millrace.inference.text.SentencePiece;
import dev.millrace.inference.text.Vocabulary;
import dev.millrace.kernels.weights.MalformedFileException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;

/** Reads what token ids stand for from a Hugging Face folder's {@code tokenizer.json}. */
final class TokenizerJson {
    private TokenizerJson() {}

    /**
     * @param size number of ids that the model has: more than the tokenizer knows where its matrix was padded
     */
    static Vocabulary read(Path folder, int size) throws IOException {
        Path path = folder.resolve("tokenizer.json");
        JsonNode root = JsonFile.read(path);
        Function<String, byte[]> decoder = decoder(path, root);
        List<byte[]> tokens = new ArrayList<>(Collections.nCopies(size, new byte[0]));
        Set<Integer> control = new HashSet<>();
        Set<Integer> known = new HashSet<>();
        Set<Integer> ends = new HashSet<>(declaredEnds(folder));
        JsonNode vocabulary = root.path("model").path("vocab");
        if (vocabulary.isArray()) {
            // Unigram: [[token, score], ...], the place is the id
            for (int id = 0; id < vocabulary.size(); id++) {
                put(
                        path,
                        tokens,
                        known,
                        id,
                        decoder.apply(vocabulary.get(id).path(0).asString()));
            }
        } else {
            for (Map.Entry<String, JsonNode> entry : vocabulary.properties()) {
                put(path, tokens, known, entry.getValue().asInt(-1), decoder.apply(entry.getKey()));
            }
        }
        for (JsonNode added : root.path("added_tokens")) {
            int id = added.path("id").asInt(-1);
            String content = added.path("content").asString();
            put(path, tokens, known, id, content.getBytes(StandardCharsets.UTF_8));
            if (added.path("special").asBoolean()) {
                control.add(id);
            }
            if (EndTokens.contains(content)) {
                ends.add(id);
            }
        }
        for (int id = 0; id < size; id++) {
            if (!known.contains(id)) {
                control.add(id);
            }
        }
        control.addAll(ends);
        return new Vocabulary(tokens, control, ends);
    }

    private static void put(Path path, List<byte[]> tokens, Set<Integer> known, int id, byte[] bytes)
            throws MalformedFileException {
        if (id < 0 || id >= tokens.size()) {
            throw new MalformedFileException(
                    path, "gives a token the id " + id + ", expected 0 to " + (tokens.size() - 1) + " as in the model");
        }
        tokens.set(id, bytes);
        known.add(id);
    }

    /** How the vocabulary's tokens are written. */
    private static Function<String, byte[]> decoder(Path path, JsonNode root) throws UnsupportedModelException {
        Set<String> steps = new HashSet<>();
        collectTypes(root.path("decoder"), steps);
        collectTypes(root.path("pre_tokenizer"), steps);
        if (steps.contains("ByteLevel")) {
            return ByteLevel::decode;
        }
        if (steps.contains("ByteFallback") || steps.contains("Metaspace")) {
            return SentencePiece::decode;
        }
        throw new UnsupportedModelException(
                path, "decodes by " + steps + ", supported are tokenizers with ByteLevel, ByteFallback or Metaspace");
    }

    private static void collectTypes(JsonNode step, Set<String> types) {
        if (step.path("type").isString()) {
            types.add(step.path("type").asString());
        }
        step.path("decoders").forEach(inner -> collectTypes(inner, types));
        step.path("pretokenizers").forEach(inner -> collectTypes(inner, types));
    }

    /** The ids of {@code generation_config.json}, else of {@code config.json}: one number or several. */
    private static Set<Integer> declaredEnds(Path folder) throws IOException {
        for (String name : List.of("generation_config.json", "config.json")) {
            Path path = folder.resolve(name);
            if (Files.exists(path)) {
                JsonNode declared = JsonFile.read(path).path("eos_token_id");
                Set<Integer> ends = new HashSet<>();
                if (declared.isInt()) {
                    ends.add(declared.asInt());
                }
                for (JsonNode id : declared) {
                    ends.add(id.asInt());
                }
                if (!ends.isEmpty()) {
                    return ends;
                }
            }
        }
        return Set.of();
    }
}
