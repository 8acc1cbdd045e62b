package dev.millrace.standalone.launch;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A PostgreSQL of our own, whose data outlive the process: what it has acknowledged is on the disk.
 *
 * <p>The server is started by pg_ctl, in a session of its own: Ctrl-C in our terminal doesn't reach it, and we stop it
 * when nothing needs it any more. If we are killed it stays; the next start, or a stop, ends it by its pid file.
 */
public final class PostgreSql implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PostgreSql.class);
    private static final String USER = "millrace";
    private static final String DATABASE = "millrace";
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Path data;

    private PostgreSql(Path data) {
        this.data = data;
    }

    /** How clients reach the database, which may still be starting. */
    record Address(int port, String password) {
        String jdbcUrl() {
            return "jdbc:postgresql://127.0.0.1:" + port + "/" + DATABASE;
        }

        String user() {
            return USER;
        }
    }

    /** A free port, and the password that is made once. */
    static Address address(Home home) throws IOException {
        Files.createDirectories(home.postgres());
        return new Address(Ports.free(), password(home));
    }

    /**
     * Starts the server on the loopback interface; on the first start makes its data.
     *
     * @param version of the programs, such as "17.7.0": its first part names the data's folder, since data of another
     *     major version can't be read
     */
    static PostgreSql start(Home home, String version, Address address)
            throws IOException, StartException, InterruptedException {
        PostgresBinaries binaries = PostgresBinaries.unpacked(home.postgres(), version);
        Path data = data(home, version);
        if (Files.exists(data)) {
            stopStale(data);
        } else {
            initialise(home, binaries, data);
        }
        PostgreSql server = new PostgreSql(data);
        Path log = home.logs().resolve("postgres.log");
        Files.deleteIfExists(data.resolve("postmaster.pid"));
        run(home, "start PostgreSQL", startCommand(binaries, data, log, address.port()));
        server.awaitReady(log);
        server.createDatabase(address);
        return server;
    }

    /** Ends a server that a killed process left behind, if there is one. */
    static void stopStale(Home home, String version) throws IOException, InterruptedException, StartException {
        Path data = data(home, version);
        if (Files.exists(data)) {
            stopStale(data);
        }
    }

    /** Tells the server of this home to stop, if it runs, and doesn't wait for it. */
    static void askToStop(Home home, String version) throws IOException, InterruptedException {
        Optional<ProcessHandle> server = process(data(home, version));
        if (server.isPresent()) {
            signal(server.get(), "-INT");
        }
    }

    /** Ends every connection, writes a checkpoint, stops. */
    @Override
    public void close() {
        try {
            stop(data, "fast");
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static Path data(Home home, String version) {
        return home.postgres().resolve("data-" + version.substring(0, version.indexOf('.')));
    }

    private static List<String> startCommand(PostgresBinaries binaries, Path data, Path log, int port) {
        // small: one gateway and its pool of connections use it
        String options = String.join(
                " ",
                "-c listen_addresses=127.0.0.1",
                "-c port=" + port,
                "-c unix_socket_directories=''",
                "-c shared_buffers=32MB",
                "-c max_connections=60",
                "-c wal_level=minimal",
                "-c max_wal_senders=0",
                "-c max_logical_replication_workers=0",
                "-c jit=off");
        return List.of(
                binaries.program("pg_ctl"),
                "start",
                "-W",
                "-s",
                "-D",
                data.toString(),
                "-l",
                log.toString(),
                "-o",
                options);
    }

    private static void initialise(Home home, PostgresBinaries binaries, Path data)
            throws IOException, StartException, InterruptedException {
        Path unfinished = data.resolveSibling(data.getFileName() + ".tmp");
        PostgresBinaries.deleteTree(unfinished);
        run(
                home,
                "make PostgreSQL's data",
                List.of(
                        binaries.program("initdb"),
                        "-D",
                        unfinished.toString(),
                        "-U",
                        USER,
                        "-A",
                        "scram-sha-256",
                        // many rounds protect passwords that people choose; ours is random, and a cold JVM needs 0.2 s
                        // for them
                        "--set=scram_iterations=1",
                        "--pwfile=" + passwordFile(home),
                        "-E",
                        "UTF8",
                        "--locale=C"));
        Files.move(unfinished, data, StandardCopyOption.ATOMIC_MOVE);
    }

    private static Path passwordFile(Home home) {
        return home.postgres().resolve("password");
    }

    private static String password(Home home) throws IOException {
        Path file = passwordFile(home);
        if (!Files.exists(file)) {
            byte[] random = new byte[24];
            new SecureRandom().nextBytes(random);
            Home.writeSecret(file, HexFormat.of().formatHex(random));
        }
        return Files.readString(file).strip();
    }

    private void awaitReady(Path log) throws IOException, StartException, InterruptedException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!isReady()) {
            Optional<ProcessHandle> server = process(data);
            if (System.nanoTime() > deadline || (server.isEmpty() && saysFatal(log))) {
                throw new StartException("PostgreSQL did not start: see " + log);
            }
            TimeUnit.MILLISECONDS.sleep(5);
        }
    }

    /** The eighth line of the pid file says "ready" once connections are accepted. */
    private boolean isReady() throws IOException {
        List<String> lines = pidFile(data);
        return lines.size() >= 8 && lines.get(7).strip().equals("ready");
    }

    private static boolean saysFatal(Path log) throws IOException {
        List<String> lines = Files.exists(log) ? Files.readAllLines(log) : List.of();
        return !lines.isEmpty() && lines.getLast().contains("FATAL");
    }

    private void createDatabase(Address address) throws StartException {
        Path made = data.resolve("millrace.database");
        if (Files.exists(made)) {
            return;
        }
        String url = "jdbc:postgresql://127.0.0.1:" + address.port() + "/postgres";
        try (Connection connection = DriverManager.getConnection(url, USER, address.password());
                Statement statement = connection.createStatement()) {
            statement.execute("create database " + DATABASE);
        } catch (SQLException e) {
            // 42P04: it exists; we were killed between making it and saying so
            if (!"42P04".equals(e.getSQLState())) {
                throw new StartException("PostgreSQL refuses to make a database: " + e.getMessage(), e);
            }
        }
        try {
            Files.writeString(made, "");
        } catch (IOException e) {
            throw new StartException("PostgreSQL's folder can't be written: " + e.getMessage(), e);
        }
    }

    private static void stopStale(Path data) throws IOException, InterruptedException, StartException {
        if (process(data).isPresent()) {
            stop(data, "fast");
        }
        if (process(data).isPresent()) {
            throw new StartException("An older PostgreSQL of ours (pid "
                    + pidFile(data).getFirst() + ") does not stop: end it by hand.");
        }
        Files.deleteIfExists(data.resolve("postmaster.pid"));
    }

    /** SIGINT asks PostgreSQL for a fast stop, SIGQUIT for one without a checkpoint; Java can send neither itself. */
    private static void stop(Path data, String mode) throws IOException, InterruptedException {
        Optional<ProcessHandle> server = process(data);
        if (server.isEmpty()) {
            return;
        }
        signal(server.get(), mode.equals("fast") ? "-INT" : "-QUIT");
        // the pid file goes when all is written; it isn't our child, so nobody tells us
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(mode.equals("fast") ? 3 : 1);
        while (process(data).isPresent()) {
            if (System.nanoTime() > deadline) {
                if (mode.equals("fast")) {
                    stop(data, "immediate");
                }
                return;
            }
            TimeUnit.MILLISECONDS.sleep(5);
        }
    }

    private static void signal(ProcessHandle server, String signal) throws IOException, InterruptedException {
        new ProcessBuilder("kill", signal, Long.toString(server.pid()))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
    }

    /** The server that has these data open, if one has. A pid may have a new owner: its program's name is checked. */
    private static Optional<ProcessHandle> process(Path data) throws IOException {
        List<String> lines = pidFile(data);
        if (lines.isEmpty() || !lines.getFirst().strip().matches("\\d{1,10}")) {
            return Optional.empty();
        }
        return ProcessHandle.of(Long.parseLong(lines.getFirst().strip()))
                .filter(ProcessHandle::isAlive)
                .filter(process -> process.info()
                        .command()
                        .map(command ->
                                Path.of(command).getFileName().toString().startsWith("postgres"))
                        .orElse(true));
    }

    private static List<String> pidFile(Path data) throws IOException {
        Path file = data.resolve("postmaster.pid");
        try {
            return Files.exists(file) ? Files.readAllLines(file) : List.of();
        } catch (java.nio.file.NoSuchFileException e) {
            return List.of();
        }
    }

    private static void run(Home home, String what, List<String> command)
            throws IOException, StartException, InterruptedException {
        Process process = new ProcessBuilder(asOrdinaryUser(command))
                .redirectErrorStream(true)
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            LOG.error("could not {}: {}", what, said);
            if (said.contains("No space left")) {
                throw new StartException("The disk of " + home.folder() + " is full: PostgreSQL needs about 100 MB.");
            }
            throw new StartException("Could not " + what + ": "
                    + said.lines()
                            .filter(line -> !line.isBlank())
                            .reduce((_, last) -> last)
                            .orElse("it said nothing"));
        }
    }

    /** PostgreSQL refuses to run as root; in a user namespace of its own, without rights, it isn't. */
    private static List<String> asOrdinaryUser(List<String> command) {
        boolean root = System.getProperty("user.name").equals("root")
                && System.getProperty("os.name").toLowerCase(Locale.ROOT).contains("linux");
        if (!root) {
            return command;
        }
        List<String> wrapped = new ArrayList<>(List.of("unshare", "-U", "--"));
        wrapped.addAll(command);
        return wrapped;
    }
}
