package dev.millrace.tokenizer.vocabulary;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/**
 * The chat templates of a model folder. Files of their own go before what tokenizer_config.json holds, as in transformers.
 *
 * @param byName the usual one's name is "default"
 */
record FolderTemplates(Map<String, String> byName) {
    private static final String SUFFIX = ".jinja";

    FolderTemplates {
        byName = Map.copyOf(byName);
    }

    /** @param config the folder's tokenizer_config.json */
    static FolderTemplates read(Path folder, JsonNode config) throws IOException {
        Map<String, String> templates = new HashMap<>();
        JsonNode inConfig = config.path("chat_template");
        if (inConfig.isString()) {
            templates.put("default", inConfig.asString());
        }
        if (inConfig.isArray()) {
            inConfig.forEach(t ->
                    templates.put(t.path("name").asString(), t.path("template").asString()));
        }
        Path usual = folder.resolve("chat_template" + SUFFIX);
        if (Files.exists(usual)) {
            templates.put("default", Files.readString(usual));
        }
        Path further = folder.resolve("additional_chat_templates");
        if (Files.isDirectory(further)) {
            try (DirectoryStream<Path> files = Files.newDirectoryStream(further, "*" + SUFFIX)) {
                for (Path file : files) {
                    String name = file.getFileName().toString();
                    templates.put(name.substring(0, name.length() - SUFFIX.length()), Files.readString(file));
                }
            }
        }
        return new FolderTemplates(templates);
    }
}
