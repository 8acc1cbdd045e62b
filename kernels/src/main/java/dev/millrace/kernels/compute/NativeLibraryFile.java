package dev.millrace.kernels.compute;

import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;

/**
 * Finds the C kernels for this machine among our resources. Out of a jar they are unpacked once, into
 * {@code MILLRACE_HOME/native/HASH}, since a library can only be loaded from a file.
 */
final class NativeLibraryFile {
    private NativeLibraryFile() {}

    /** A file that holds the kernels for this machine. */
    static Path find() throws NativeUnavailableException {
        String resource = "/native/" + platform() + "/" + System.mapLibraryName("millrace_kernels");
        URL url = NativeLibraryFile.class.getResource(resource);
        if (url == null) {
            throw new NativeUnavailableException(
                    "built without " + resource.substring(1) + " (no C compiler where it was built)");
        }
        try {
            return url.getProtocol().equals("file") ? Path.of(url.toURI()) : unpack(url);
        } catch (IOException | URISyntaxException e) {
            throw new NativeUnavailableException(resource.substring(1) + " could not be unpacked: " + e);
        }
    }

    private static String platform() {
        String system = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        String machine = System.getProperty("os.arch");
        return (system.startsWith("mac") ? "macos" : system) + "-" + (machine.equals("amd64") ? "x86_64" : machine);
    }

    private static Path unpack(URL url) throws IOException {
        byte[] library;
        try (InputStream in = url.openStream()) {
            library = in.readAllBytes();
        }
        Path folder = home().resolve("native").resolve(hash(library));
        Path file = folder.resolve(System.mapLibraryName("millrace_kernels"));
        if (Files.exists(file) && Arrays.equals(Files.readAllBytes(file), library)) {
            return file;
        }
        Files.createDirectories(folder);
        // written aside and moved: another process may be starting too
        Path aside = Files.createTempFile(folder, "unpacking", ".tmp");
        try {
            Files.write(aside, library);
            return Files.move(aside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(aside);
        }
    }

    private static Path home() {
        String home = System.getenv("MILLRACE_HOME");
        return home == null || home.isEmpty() ? Path.of(System.getProperty("user.home"), ".millrace") : Path.of(home);
    }

    private static String hash(byte[] bytes) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes);
            return HexFormat.of().formatHex(digest, 0, 16);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
