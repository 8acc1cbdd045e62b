package dev.millrace.standalone.services;

import dev.millrace.standalone.Eventually;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A service's own jar, started by {@code java -jar}, set by environment. It can be killed and started again. */
final class ServiceProcess implements AutoCloseable {
    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private final String name;
    private final int managementPort;
    private final Path log;
    private final ProcessBuilder builder;
    private Process process;

    /**
     * Starts it.
     *
     * @param module whose jar it is
     * @param managementPort where it answers for its health
     */
    ServiceProcess(String name, String module, int managementPort, Path folder, Map<String, String> environment)
            throws IOException {
        this.name = name;
        this.managementPort = managementPort;
        this.log = folder.resolve(name + ".log");
        builder = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-jar",
                        jar(module).toString())
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        builder.environment().putAll(environment);
        process = builder.start();
    }

    private static Path jar(String module) throws IOException {
        Path target = Path.of("..", module, "target");
        try (Stream<Path> files = Files.exists(target) ? Files.list(target) : Stream.empty()) {
            List<Path> jars =
                    files.filter(file -> file.toString().endsWith("-exec.jar")).toList();
            if (jars.size() != 1) {
                throw new IllegalStateException(
                        target + " must hold one jar *-exec.jar, which ./mvnw package makes: " + "it holds " + jars);
            }
            return jars.getFirst().toAbsolutePath().normalize();
        }
    }

    void startAgain() throws IOException {
        process = builder.start();
    }

    void awaitReady() throws Exception {
        Eventually.get(name + "'s readiness", () -> health("readiness"), health -> {
            if (!process.isAlive()) {
                throw new AssertionError(name + " has ended: " + said());
            }
            return health.startsWith("200");
        });
    }

    /** Status and body of one of its probes, or why there are none. */
    String health(String probe) throws InterruptedException {
        return get("/actuator/health/" + probe);
    }

    String get(String path) throws InterruptedException {
        try {
            HttpResponse<String> answer = HTTP.send(
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + managementPort + path))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            return answer.statusCode() + " " + answer.body();
        } catch (IOException e) {
            return "no answer: " + e;
        }
    }

    /** As {@code kill -9} does. */
    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /** As {@code kill} does; returns at once. */
    void askToStop() {
        process.destroy();
    }

    /** The exit status, once it has ended. */
    int exitStatus() throws Exception {
        if (!process.waitFor(120, TimeUnit.SECONDS)) {
            throw new AssertionError(name + " does not end: " + said());
        }
        return process.exitValue();
    }

    String said() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            return e.toString();
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
