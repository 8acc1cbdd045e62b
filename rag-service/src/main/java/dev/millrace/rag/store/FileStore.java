package dev.millrace.rag.store;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The documents' bytes, by collection and SHA-256. */
public final class FileStore {
    private static final Pattern HASH = Pattern.compile("[0-9a-f]{64}");
    private static final String INCOMING = "incoming";
    private static final String PART = ".part";

    private final Path folder;

    public FileStore(Path folder) {
        this.folder = folder;
    }

    /**
     * Bytes that have come whole.
     *
     * @param hash SHA-256, in hex
     */
    public record Kept(String hash, long bytes) {}

    /** A file that comes in pieces; what isn't kept is gone when it is closed. */
    public final class Incoming implements AutoCloseable {
        private final String collection;
        private final Path part;
        private final MessageDigest digest;
        private final OutputStream out;
        private long bytes;

        private Incoming(String collection) throws IOException {
            this.collection = collection;
            Files.createDirectories(ofCollection(collection));
            part = Files.createTempFile(ofCollection(collection), INCOMING, PART);
            digest = sha256();
            out = new DigestOutputStream(Files.newOutputStream(part, StandardOpenOption.WRITE), digest);
        }

        public long bytes() {
            return bytes;
        }

        public void write(byte[] piece) throws IOException {
            out.write(piece);
            bytes += piece.length;
        }

        public Kept keep() throws IOException {
            out.close();
            String hash = HexFormat.of().formatHex(digest.digest());
            Files.move(
                    part, path(collection, hash), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            return new Kept(hash, bytes);
        }

        @Override
        public void close() throws IOException {
            out.close();
            Files.deleteIfExists(part);
        }
    }

    public Incoming incoming(String collection) throws IOException {
        return new Incoming(collection);
    }

    public Kept keep(String collection, byte[] content) throws IOException {
        try (Incoming incoming = incoming(collection)) {
            incoming.write(content);
            return incoming.keep();
        }
    }

    /** The file of a hash; empty where there is none. */
    public Optional<Path> find(String collection, String hash) {
        if (!HASH.matcher(hash).matches()) {
            return Optional.empty();
        }
        Path path = path(collection, hash);
        return Files.isRegularFile(path) ? Optional.of(path) : Optional.empty();
    }

    /**
     * Removes what came only in part: a process that was killed left it.
     *
     * @param before what has been written to since may be coming still
     */
    public void deleteUnfinished(Instant before) throws IOException {
        if (!Files.isDirectory(folder)) {
            return;
        }
        try (Stream<Path> files = Files.find(folder, 2, (file, is) -> isUnfinished(file, is, before))) {
            for (Path file : files.toList()) {
                Files.deleteIfExists(file);
            }
        } catch (UncheckedIOException e) {
            throw new IOException("files that came only in part can't be removed from " + folder, e.getCause());
        }
    }

    private static boolean isUnfinished(Path file, BasicFileAttributes is, Instant before) {
        String name = String.valueOf(file.getFileName());
        return is.isRegularFile()
                && name.startsWith(INCOMING)
                && name.endsWith(PART)
                && is.lastModifiedTime().toInstant().isBefore(before);
    }

    public void delete(String collection, String hash) {
        try {
            Files.deleteIfExists(path(collection, hash));
        } catch (IOException e) {
            throw new UncheckedIOException("a document's bytes can't be deleted", e);
        }
    }

    public void deleteCollection(String collection) {
        Folders.delete(ofCollection(collection));
    }

    private Path path(String collection, String hash) {
        return ofCollection(collection).resolve(hash);
    }

    private Path ofCollection(String collection) {
        return Folders.child(folder, collection);
    }

    /** SHA-256, which every JDK has. */
    public static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
