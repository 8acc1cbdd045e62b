package dev.millrace.standalone.launch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * What the running platform says of itself, for other processes of the same user: MILLRACE_HOME/run/millrace.json.
 *
 * @param pid process that runs it
 * @param startedAtMillis when that process began: a pid alone may have a new owner
 * @param url the gateway, such as http://127.0.0.1:8080
 * @param grpc the gateway's gRPC address, such as 127.0.0.1:9090
 * @param controlPort where {@link Control} listens
 * @param controlToken what opens it
 */
public record RunFile(
        long pid, long startedAtMillis, String state, String url, String grpc, int controlPort, String controlToken) {
    private static final JsonMapper JSON = JsonMapper.shared();

    static Path path(Home home) {
        return home.run().resolve("millrace.json");
    }

    /** What is written there, if the process that wrote it lives. */
    public static Optional<RunFile> ofLiving(Home home) {
        return read(home).filter(RunFile::lives);
    }

    /** What is written there, whoever wrote it. */
    static Optional<RunFile> read(Home home) {
        Path file = path(home);
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        try {
            JsonNode json = JSON.readTree(Files.readString(file));
            return Optional.of(new RunFile(
                    json.path("pid").asLong(),
                    json.path("started_at_millis").asLong(),
                    json.path("state").asString(),
                    json.path("url").asString(),
                    json.path("grpc").asString(),
                    json.path("control_port").asInt(),
                    json.path("control_token").asString()));
        } catch (IOException | JacksonException e) {
            // half written by a process that was killed, or gone since: the same as none
            return Optional.empty();
        }
    }

    /** Whether the process that wrote this still runs. */
    public boolean lives() {
        return ProcessHandle.of(pid)
                .filter(ProcessHandle::isAlive)
                .flatMap(process -> process.info().startInstant())
                .filter(started -> started.toEpochMilli() == startedAtMillis)
                .isPresent();
    }

    void write(Home home) throws IOException {
        ObjectNode json = JSON.createObjectNode();
        json.put("pid", pid);
        json.put("started_at_millis", startedAtMillis);
        json.put("state", state);
        json.put("url", url);
        json.put("grpc", grpc);
        json.put("control_port", controlPort);
        json.put("control_token", controlToken);
        Home.writeSecret(path(home), json.toPrettyString() + "\n");
    }
}
