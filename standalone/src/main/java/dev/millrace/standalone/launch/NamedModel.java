package dev.millrace.standalone.launch;

import java.nio.file.Path;

/**
 * A model to serve.
 *
 * @param name what requests call it
 * @param path a GGUF file, or a folder as Hugging Face lays it out
 */
public record NamedModel(String name, Path path) {
    public NamedModel {
        if (name.contains(",") || name.contains("=")) {
            throw new IllegalArgumentException("a model's name has no ',' and no '=', was \"" + name + "\"");
        }
    }
}
