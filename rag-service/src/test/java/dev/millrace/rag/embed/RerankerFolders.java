package dev.millrace.rag.embed;

import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.stream.Stream;

/** The cross-encoders of some thousand weights that src/test/python/rerankers.py makes. */
public final class RerankerFolders {
    private RerankerFolders() {}

    /** One that knows that who, when and where ask for a name, a year and a place. */
    public static Path bert() {
        return named("bert");
    }

    static Path named(String name) {
        URL folder = Objects.requireNonNull(RerankerFolders.class.getResource("rerankers/" + name));
        try {
            return Path.of(folder.toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(folder + " is no path", e);
        }
    }

    /** A copy of {@link #bert} to change. */
    static Path copy(Path to) throws IOException {
        Files.createDirectories(to);
        try (Stream<Path> files = Files.list(bert())) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(file.getFileName()));
            }
        }
        return to;
    }
}
