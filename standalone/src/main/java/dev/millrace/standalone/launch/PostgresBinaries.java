package dev.millrace.standalone.launch;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.jspecify.annotations.Nullable;
import org.tukaani.xz.XZInputStream;

/**
 * PostgreSQL's programs, unpacked once.
 *
 * @param folder holds bin, lib and share
 */
record PostgresBinaries(Path folder) {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    /**
     * @param parent where each version has its folder
     * @throws StartException where there is no PostgreSQL for this system
     */
    static PostgresBinaries unpacked(Path parent, String version)
            throws IOException, StartException, InterruptedException {
        Path folder = parent.resolve(version);
        if (Files.exists(folder)) {
            return new PostgresBinaries(folder);
        }
        String archive = archiveName();
        Path unfinished = parent.resolve(version + ".tmp");
        deleteTree(unfinished);
        Files.createDirectories(unfinished);
        try (InputStream in = PostgresBinaries.class.getResourceAsStream(archive)) {
            if (in == null) {
                throw new StartException(
                        "There is no PostgreSQL for this system in the build: " + archive + " is missing.");
            }
            unpack(in, unfinished);
        }
        Files.move(unfinished, folder, StandardCopyOption.ATOMIC_MOVE);
        PostgresBinaries binaries = new PostgresBinaries(folder);
        binaries.awaitRunnable();
        return binaries;
    }

    /**
     * Waits until the system runs the server. A process that another thread of ours starts has for a moment all files open that
     * we have; one that it has open for writing is no program to the system, and to initdb it isn't there.
     */
    void awaitRunnable() throws IOException, InterruptedException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            try {
                new ProcessBuilder(program("postgres"), "--version")
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start()
                        .waitFor();
                return;
            } catch (IOException busy) {
                if (System.nanoTime() > deadline) {
                    throw busy;
                }
                TimeUnit.MILLISECONDS.sleep(20);
            }
        }
    }

    /** Makes those of that version that are unpacked in one folder be found in another. */
    static void share(Path from, Path to, String version) throws IOException {
        if (Files.exists(from.resolve(version))) {
            Files.createDirectories(to);
            Files.createSymbolicLink(to.resolve(version), from.resolve(version));
        }
    }

    String program(String name) {
        return folder.resolve("bin").resolve(name).toString();
    }

    private static String archiveName() {
        String system = System.getProperty("os.name").startsWith("Mac") ? "darwin" : "linux";
        String processor = switch (System.getProperty("os.arch")) {
            case "aarch64" -> "arm_64";
            default -> "x86_64";
        };
        return "/postgres-" + system + "-" + processor + ".txz";
    }

    private static void unpack(InputStream archive, Path folder) throws IOException {
        try (TarArchiveInputStream tar =
                new TarArchiveInputStream(new XZInputStream(new BufferedInputStream(archive)))) {
            TarArchiveEntry entry;
            while ((entry = nextEntry(tar)) != null) {
                Path target = folder.resolve(entry.getName()).normalize();
                if (!target.startsWith(folder)) {
                    throw new IOException("the archive would write outside its folder: " + entry.getName());
                }
                if (entry.isDirectory()) {
                    Files.createDirectories(target);
                    continue;
                }
                Files.createDirectories(target.getParent());
                if (entry.isSymbolicLink()) {
                    Files.createSymbolicLink(target, Path.of(entry.getLinkName()));
                } else {
                    Files.copy(tar, target);
                    if ((entry.getMode() & 0100) != 0) {
                        Set<PosixFilePermission> permissions = EnumSet.copyOf(Files.getPosixFilePermissions(target));
                        permissions.add(PosixFilePermission.OWNER_EXECUTE);
                        permissions.add(PosixFilePermission.GROUP_EXECUTE);
                        permissions.add(PosixFilePermission.OTHERS_EXECUTE);
                        Files.setPosixFilePermissions(target, permissions);
                    }
                }
            }
        }
    }

    private static @Nullable TarArchiveEntry nextEntry(TarArchiveInputStream tar) throws IOException {
        return tar.getNextEntry();
    }

    static void deleteTree(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
