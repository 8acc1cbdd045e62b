package dev.millrace.gateway.files;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;

/** The files' bytes: one file each, under its id, there whole or not at all. Other services read it. */
public final class FileFolder {
    private static final String PARTIAL = ".partial-";
    /** Nobody sends a file for so long: what is older was left by a gateway that died. */
    private static final Duration LONGEST_UPLOAD = Duration.ofDays(1);

    private final Path folder;
    private final long mostBytes;
    private final long freeBytes;

    /**
     * @param folder is made when it is first needed
     * @param mostBytes of one file
     * @param freeBytes what must stay free on the disk: others write there too
     */
    public FileFolder(Path folder, long mostBytes, long freeBytes) {
        if (mostBytes < 1) {
            throw new IllegalArgumentException("the largest file must be 1 byte or more, was " + mostBytes);
        }
        this.folder = folder;
        this.mostBytes = mostBytes;
        this.freeBytes = freeBytes;
    }

    public long mostBytes() {
        return mostBytes;
    }

    /** Begins a file; closing it, unless it was kept, leaves nothing behind. */
    Upload begin() throws IOException {
        Files.createDirectories(folder);
        return new Upload(Files.createTempFile(folder, PARTIAL, ""), mostBytes, freeBytes);
    }

    /** Where a file's bytes lie. */
    public Path path(String id) {
        return folder.resolve(id);
    }

    void delete(String id) throws IOException {
        Files.deleteIfExists(path(id));
    }

    /** Deletes what uploads left that were never ended. */
    void clear(Instant now) throws IOException {
        if (!Files.isDirectory(folder)) {
            return;
        }
        List<Path> partial;
        try (Stream<Path> paths = Files.list(folder)) {
            partial = paths.filter(path -> path.getFileName().toString().startsWith(PARTIAL))
                    .toList();
        }
        for (Path path : partial) {
            try {
                if (Files.getLastModifiedTime(path).toInstant().isBefore(now.minus(LONGEST_UPLOAD))) {
                    Files.deleteIfExists(path);
                }
            } catch (NoSuchFileException _) {
                // its upload has just ended
            }
        }
    }
}
