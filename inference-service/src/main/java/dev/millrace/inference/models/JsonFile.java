package dev.millrace.inference.models;

import dev.millrace.kernels.weights.MalformedFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reads one of the JSON files that a Hugging Face folder holds. */
final class JsonFile {
    private static final JsonMapper MAPPER = new JsonMapper();

    private JsonFile() {}

    static JsonNode read(Path path) throws IOException {
        if (!Files.isRegularFile(path)) {
            throw new MalformedFileException(path, "is not there");
        }
        try {
            JsonNode root = MAPPER.readTree(Files.readString(path));
            if (root == null || !root.isObject()) {
                throw new MalformedFileException(path, "holds no JSON object");
            }
            return root;
        } catch (JacksonException e) {
            throw new MalformedFileException(path, "is no JSON: " + e.getOriginalMessage());
        }
    }
}
