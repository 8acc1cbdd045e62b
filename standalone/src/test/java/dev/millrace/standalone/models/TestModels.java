package dev.millrace.standalone.models;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;

/** Where the tests find the real models: they are fetched before the tests run. */
final class TestModels {
    private TestModels() {}

    /** The file of a model of the catalogue; a test without it fails. */
    static Path path(String name) {
        Path path = folder().resolve(name + ".gguf");
        assertThat(Files.exists(path))
                .as("the model %s is needed at %s: ./millrace models pull %s fetches it", name, path, name)
                .isTrue();
        return path;
    }

    private static Path folder() {
        String folder = System.getProperty("millrace.models");
        if (folder != null) {
            return Path.of(folder);
        }
        String home = System.getenv("MILLRACE_HOME");
        return home != null ? Path.of(home, "models") : Path.of(System.getProperty("user.home"), ".millrace", "models");
    }
}
