package dev.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.standalone.launch.Home;
import java.nio.file.Files;
import java.nio.file.Path;

/** Where the tests find the real models: they are fetched before the tests run. */
public final class TestModels {
    private TestModels() {}

    /** The file of a model of the catalogue; a test without it fails. */
    public static Path path(String name) {
        Path path = folder().resolve(name + ".gguf");
        assertThat(Files.exists(path))
                .as("the model %s is needed at %s: ./millrace models pull %s fetches it", name, path, name)
                .isTrue();
        return path;
    }

    /** The machine's folder of models, or the one that {@code -Dmillrace.models} names. */
    static Path folder() {
        String named = System.getProperty("millrace.models", "");
        return named.isBlank() ? Home.of(System.getenv()).models() : Path.of(named);
    }
}
