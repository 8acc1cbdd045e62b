package dev.millrace.rag.catalogue;

import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Metadata as JSON: {"key": text}. */
final class Metadata {
    private static final JsonMapper JSON = JsonMapper.shared();

    private Metadata() {}

    static String json(Map<String, String> metadata) {
        return JSON.writeValueAsString(metadata);
    }

    static Map<String, String> of(String json) {
        Map<String, String> metadata = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> entry : JSON.readTree(json).properties()) {
            metadata.put(entry.getKey(), entry.getValue().asString());
        }
        return metadata;
    }
}
