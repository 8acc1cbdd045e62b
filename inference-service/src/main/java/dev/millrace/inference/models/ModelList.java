package dev.millrace.inference.models;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** The models that a service is told of: {@code name=path,name=path}. */
public final class ModelList {
    private ModelList() {}

    /**
     * Reads a list; an empty one names no model.
     *
     * @throws IllegalArgumentException if an entry has no name or no path, or a name comes twice
     */
    public static Map<String, Path> parse(String list) {
        Map<String, Path> models = new LinkedHashMap<>();
        for (String entry : list.split(",", -1)) {
            if (entry.isBlank()) {
                continue;
            }
            int equals = entry.indexOf('=');
            String name = equals < 0 ? "" : entry.substring(0, equals).strip();
            String path = entry.substring(equals + 1).strip();
            if (name.isEmpty() || path.isEmpty()) {
                throw new IllegalArgumentException("millrace.models must be a list of name=path, holds " + entry);
            }
            if (models.put(name, Path.of(path)) != null) {
                throw new IllegalArgumentException("millrace.models must name each model once, names twice " + name);
            }
        }
        return models;
    }
}
