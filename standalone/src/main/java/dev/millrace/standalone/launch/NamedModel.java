package dev.millrace.standalone.launch;

import dev.millrace.inference.models.SamplingDefaults;
import java.nio.file.Path;

/**
 * A model to serve.
 *
 * @param name what requests call it
 * @param path a GGUF file, or a folder as Hugging Face lays it out
 * @param sampling for requests that don't say, before what its own files advise
 */
public record NamedModel(String name, Path path, SamplingDefaults sampling) {
    public NamedModel {
        if (name.contains(",") || name.contains("=")) {
            throw new IllegalArgumentException("a model's name has no ',' and no '=', was \"" + name + "\"");
        }
    }

    /** One of which only its own files are known. */
    public NamedModel(String name, Path path) {
        this(name, path, SamplingDefaults.NONE);
    }
}
