package dev.millrace.rag.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Folders that are named by ids. */
final class Folders {
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9_-]{1,100}");

    private Folders() {}

    /**
     * @throws IllegalArgumentException if the id could lead anywhere else
     */
    static Path child(Path folder, String id) {
        if (!ID.matcher(id).matches()) {
            throw new IllegalArgumentException("an id has letters, digits, - and _ alone, was \"" + id + "\"");
        }
        return folder.resolve(id);
    }

    static void delete(Path folder) {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            List<Path> deepestFirst = files.sorted(Comparator.reverseOrder()).toList();
            for (Path file : deepestFirst) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(folder + " can't be deleted", e);
        }
    }
}
