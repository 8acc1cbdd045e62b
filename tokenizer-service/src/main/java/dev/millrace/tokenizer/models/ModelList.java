package dev.millrace.tokenizer.models;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** The models that a service is told to serve: {@code name=path,name=path}. */
public final class ModelList {
    private ModelList() {}

    /**
     * Paths by the models' names, in the order of the list.
     *
     * @throws IllegalArgumentException if an entry has no name or no path, or a name is there twice
     */
    public static Map<String, Path> parse(String list) {
        Map<String, Path> paths = new LinkedHashMap<>();
        for (String entry : list.split(",", -1)) {
            if (entry.isBlank()) {
                continue;
            }
            int equals = entry.indexOf('=');
            String name = entry.substring(0, Math.max(0, equals)).strip();
            String path = entry.substring(equals + 1).strip();
            if (name.isEmpty() || path.isEmpty()) {
                throw new IllegalArgumentException(
                        "millrace.models must be a list such as name=path,name=path; one entry was \"" + entry + "\"");
            }
            if (paths.put(name, Path.of(path)) != null) {
                throw new IllegalArgumentException(
                        "millrace.models must name each model once; " + name + " was there twice");
            }
        }
        return Collections.unmodifiableMap(paths);
    }
}
