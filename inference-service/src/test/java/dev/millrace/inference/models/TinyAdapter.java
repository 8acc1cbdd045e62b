package dev.millrace.inference.models;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A random adapter of a tiny model with what PEFT says of it. Made by {@code src/test/python/make_tiny_adapters.py}.
 *
 * @param name {@code model/adapter}
 */
record TinyAdapter(String name, TinyModel model, Path path, TinyModel.Prompt prompt) {
    private static final Path FOLDER = Path.of("src/test/resources/tiny-adapters");

    static List<TinyAdapter> all() {
        List<TinyAdapter> adapters = new ArrayList<>();
        try (InputStream in = new GZIPInputStream(Files.newInputStream(FOLDER.resolve("expected.json.gz")))) {
            for (Map.Entry<String, JsonNode> entry :
                    new JsonMapper().readTree(in).properties()) {
                String name = entry.getKey();
                TinyModel model = TinyModel.named(name.substring(0, name.indexOf('/')));
                adapters.add(new TinyAdapter(name, model, FOLDER.resolve(name), TinyModel.prompt(entry.getValue())));
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return adapters;
    }

    static TinyAdapter named(String name) {
        return all().stream()
                .filter(adapter -> adapter.name().equals(name))
                .findFirst()
                .orElseThrow();
    }
}
