package dev.millrace.standalone.cli;

import dev.millrace.standalone.bench.ResidentMemory;
import dev.millrace.standalone.bench.Server;
import dev.millrace.standalone.launch.Control;
import dev.millrace.standalone.launch.NamedModel;
import dev.millrace.standalone.launch.Plan;
import dev.millrace.standalone.launch.Ports;
import dev.millrace.standalone.launch.RunFile;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The platform that is measured: the one that runs, or one that is started for one model and stopped after it. */
final class BenchPlatform implements AutoCloseable {
    static final String TITLE = "Millrace";

    private final Session session;
    private final RunFile running;
    private final JsonNode model;
    private final boolean ours;

    private BenchPlatform(Session session, RunFile running, JsonNode model, boolean ours) {
        this.session = session;
        this.running = running;
        this.model = model;
        this.ours = ours;
    }

    /**
     * @throws Unable if one runs and doesn't serve the model, or none can be started
     */
    static BenchPlatform open(Session session, NamedModel model) throws IOException, Unable, InterruptedException {
        Optional<RunFile> living = RunFile.ofLiving(session.home());
        if (living.isPresent()) {
            RunFile running = Connection.awaitReady(session);
            awaitLateParts(running);
            return new BenchPlatform(session, running, find(running, model), false);
        }
        session.err().println("Starting a platform for " + model.name() + ".");
        Session quiet = new Session(session.home(), session.environment(), Silence.stream(), session.err());
        Plan plan = new Plan(session.home(), Ports.free(), Ports.free(), List.of(model));
        if (!Background.start(quiet, plan)) {
            throw new Unable("It did not start.");
        }
        RunFile running = session.running();
        awaitLateParts(running);
        return new BenchPlatform(session, running, find(running, model), true);
    }

    /** What starts behind the first answers would be measured with them. */
    private static void awaitLateParts(RunFile running) throws IOException, InterruptedException {
        while (!status(running).path("starting").isEmpty()) {
            TimeUnit.MILLISECONDS.sleep(100);
        }
    }

    /** As a client reaches it. */
    Server server() throws IOException, Unable {
        return Server.at(
                TITLE,
                running.url(),
                Optional.of(session.key()),
                model.path("name").asString());
    }

    /** Architecture, format and context, for a person. */
    String description() {
        return model.path("architecture").asString() + " "
                + model.path("quantization").asString() + ", context of "
                + contextTokens() + " tokens";
    }

    int contextTokens() {
        return model.path("context_tokens").asInt();
    }

    /** Bytes of its process; 0 where the system doesn't say. */
    long residentBytes() {
        return ResidentMemory.of(running.pid()).orElse(0);
    }

    @Override
    public void close() throws IOException {
        if (ours) {
            session.err().println("Stopping it.");
            stop(session);
        }
    }

    /** Also where this thread has been told to end: what was started must not outlive it. */
    private static void stop(Session session) throws IOException {
        boolean interrupted = Thread.interrupted();
        try {
            new Down(new Session(session.home(), session.environment(), Silence.stream(), session.err())).call();
        } catch (InterruptedException e) {
            interrupted = true;
            throw (IOException) new InterruptedIOException("stopping was interrupted").initCause(e);
        } catch (IOException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException("the platform can't be stopped: " + e.getMessage(), e);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Names of the models that the running platform serves; empty if none runs. */
    static List<String> servedNames(Session session) throws IOException, Unable, InterruptedException {
        return RunFile.ofLiving(session.home()).isEmpty()
                ? List.of()
                : served(Connection.awaitReady(session)).stream()
                        .map(BenchPlatform::name)
                        .toList();
    }

    /** @throws Unable if a platform runs and doesn't serve the model */
    static void requireServed(Session session, NamedModel model) throws IOException, Unable, InterruptedException {
        if (RunFile.ofLiving(session.home()).isPresent()) {
            find(Connection.awaitReady(session), model);
        }
    }

    private static JsonNode find(RunFile running, NamedModel model) throws IOException, Unable {
        List<JsonNode> models = served(running);
        return models.stream()
                .filter(one -> name(one).equals(model.name()))
                .findFirst()
                .orElseThrow(() -> new Unable("The platform that runs serves "
                        + String.join(
                                ", ", models.stream().map(BenchPlatform::name).toList())
                        + ", not " + model.name()
                        + ": stop it with ./millrace down, then the benchmark starts its own."));
    }

    private static List<JsonNode> served(RunFile running) throws IOException {
        return status(running).path("models").valueStream().toList();
    }

    private static JsonNode status(RunFile running) throws IOException {
        return Control.ask(running, JsonMapper.shared().createObjectNode().put("command", "status"));
    }

    private static String name(JsonNode model) {
        return model.path("name").asString();
    }
}
