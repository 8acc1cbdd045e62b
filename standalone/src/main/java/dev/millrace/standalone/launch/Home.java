package dev.millrace.standalone.launch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Optional;

/**
 * The folder in which everything lies that we ever write.
 *
 * @param folder MILLRACE_HOME, or ~/.millrace
 */
public record Home(Path folder) {
    private static final long FULL_BYTES = 1 << 20;

    public static Home of(Map<String, String> environment) {
        String named = environment.getOrDefault("MILLRACE_HOME", "");
        Path folder = named.isBlank() ? Path.of(System.getProperty("user.home"), ".millrace") : Path.of(named);
        return new Home(folder.toAbsolutePath().normalize());
    }

    public Path models() {
        return folder.resolve("models");
    }

    /** What clients sent by {@code /v1/files}. */
    public Path files() {
        return folder.resolve("files");
    }

    /** The user's own models by name. */
    public Path catalogue() {
        return folder.resolve("models.yaml");
    }

    /** The key that the first start made. */
    public Path key() {
        return folder.resolve("key");
    }

    public Path postgres() {
        return folder.resolve("postgres");
    }

    public Path kafka() {
        return folder.resolve("kafka");
    }

    public Path logs() {
        return folder.resolve("logs");
    }

    public Path log() {
        return logs().resolve("millrace.log");
    }

    /** What the running platform says of itself: see {@link RunFile}. */
    public Path run() {
        return folder.resolve("run");
    }

    /** What may be deleted at any time. */
    public Path cache() {
        return folder.resolve("cache");
    }

    public Path temporary() {
        return folder.resolve("tmp");
    }

    /** The key that the first start made, if there was a start. */
    public Optional<String> readKey() throws IOException {
        return Files.exists(key())
                ? Optional.of(Files.readString(key()).strip()).filter(text -> !text.isEmpty())
                : Optional.empty();
    }

    /** Whether there is no room left for anything, as far as the system tells. */
    boolean diskIsFull() {
        try {
            return Files.getFileStore(folder).getUsableSpace() < FULL_BYTES;
        } catch (IOException e) {
            return false;
        }
    }

    /** Makes the folder, for its owner alone. */
    public void create() throws IOException {
        if (!Files.exists(folder)) {
            Files.createDirectories(folder);
            restrict(folder, "rwx------");
        }
        Files.createDirectories(logs());
        Files.createDirectories(run());
        Files.createDirectories(cache());
        Files.createDirectories(temporary());
        restrict(run(), "rwx------");
    }

    /** Writes a file that only its owner can read, whole or not at all. */
    public static void writeSecret(Path file, String text) throws IOException {
        Path unfinished =
                Files.createTempFile(file.getParent(), file.getFileName().toString(), ".tmp");
        try {
            restrict(unfinished, "rw-------");
            Files.writeString(unfinished, text);
            Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(unfinished);
        }
    }

    private static void restrict(Path path, String permissions) throws IOException {
        if (Files.getFileStore(path).supportsFileAttributeView("posix")) {
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(permissions));
        }
    }
}
