package dev.millrace.standalone;

import dev.millrace.standalone.cli.Millrace;
import dev.millrace.standalone.launch.Home;
import dev.millrace.standalone.launch.RunFile;
import dev.millrace.testing.Ports;
import dev.millrace.testing.TemporaryFolder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A platform as users run it: a process of its own, from the tests' class path, in a new MILLRACE_HOME.
 *
 * @param process its process
 * @param home its MILLRACE_HOME, whose models are the machine's
 * @param url of the gateway, without /v1
 * @param key of the first start
 * @param model that it serves
 */
public record TestPlatform(Process process, Home home, String url, String key, String model) {
    private static final long PATIENCE_SECONDS = 300;
    /** Less than Maven waits for a JVM to end. */
    private static final long STOP_SECONDS = 25;

    private static final String MODEL = "smollm2-135m";

    /** One for all tests of this JVM, started when it is first asked for and killed with the JVM. */
    private static final class Shared {
        static final TestPlatform PLATFORM = start();

        private static TestPlatform start() {
            try {
                TemporaryFolder folder = TemporaryFolder.named("millrace-test");
                TestPlatform platform = TestPlatform.start(folder.path());
                Runtime.getRuntime().addShutdownHook(new Thread(() -> end(platform, folder)));
                return platform;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
        }
    }

    private static void end(TestPlatform platform, TemporaryFolder folder) {
        platform.stop();
        try {
            folder.close();
        } catch (IOException e) {
            System.err.println("what the tests' platform wrote is left in " + folder.path() + ": " + e);
        }
    }

    public static TestPlatform running() {
        return Shared.PLATFORM;
    }

    /** Where OpenAI's clients are pointed to. */
    public String openaiUrl() {
        return url + "/v1";
    }

    /**
     * Starts one in this folder, which may hold what an earlier one left.
     *
     * @throws IllegalStateException with what it said, if it doesn't start
     */
    public static TestPlatform start(Path folder) throws IOException, InterruptedException {
        return start(folder, MODEL);
    }

    /** The same with a model by its name; the machine's are there where the folder has none of its own. */
    public static TestPlatform start(Path folder, String model) throws IOException, InterruptedException {
        Home home = new Home(folder);
        home.create();
        linkModels(home);
        Path said = folder.resolve("said.txt");
        ProcessBuilder builder =
                command(folder, "up", "--port=" + freePort(), "--grpc-port=" + freePort(), "--model=" + model);
        // a library that ONNX Runtime unpacks is left by a platform that is killed
        builder.command().add(1, "-Djava.io.tmpdir=" + Files.createDirectories(folder.resolve("temporary")));
        Process process =
                builder.redirectErrorStream(true).redirectOutput(said.toFile()).start();
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (process.isAlive() && System.nanoTime() < deadline) {
            Optional<RunFile> ready =
                    RunFile.ofLiving(home).filter(file -> file.state().equals("ready"));
            if (ready.isPresent()) {
                return new TestPlatform(
                        process, home, ready.get().url(), home.readKey().orElseThrow(), model);
            }
            TimeUnit.MILLISECONDS.sleep(50);
        }
        process.destroyForcibly();
        throw new IllegalStateException("the platform did not start: " + Files.readString(said));
    }

    /** A command of ./millrace in that MILLRACE_HOME, without the script before it. */
    public static ProcessBuilder command(Path folder, String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(option -> option.startsWith("--") || option.startsWith("-Dai.djl"))
                .forEach(command::add);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Millrace.class.getName()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().putAll(Map.of("MILLRACE_HOME", folder.toString()));
        return builder;
    }

    /** Asks it to stop, and waits until it has. */
    public void stop() {
        process.destroy();
        try {
            if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    /** Each model by itself: what the platform adds to its folder stays there. */
    private static void linkModels(Home home) throws IOException {
        if (Files.exists(home.models())) {
            return;
        }
        Files.createDirectories(home.models());
        Path machine = TestModels.path(MODEL).toAbsolutePath().getParent();
        try (Stream<Path> models = Files.list(machine)) {
            for (Path model : models.filter(Files::isRegularFile).toList()) {
                Files.createSymbolicLink(home.models().resolve(model.getFileName()), model);
            }
        }
    }

    /** A port of the loopback interface that nobody has at the moment. */
    public static int freePort() throws IOException {
        return Ports.free();
    }
}
