package dev.millrace.standalone.launch;

import dev.millrace.gateway.keys.ApiKey;
import dev.millrace.gateway.keys.Scope;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.sql.SQLException;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The one platform of a MILLRACE_HOME: holds its lock, says where it is, answers the command line, stops. */
public final class Server implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Server.class);
    private static final JsonMapper JSON = JsonMapper.shared();
    /** A stop that takes longer is cut short: what was acknowledged is on the disk by then. */
    private static final int LONGEST_STOP_MILLIS = 4_700;

    private static final State STARTING = new State.Starting();

    private final Plan plan;
    private final Timings timings;
    private final FileChannel lockFile;
    private final Control control;
    private final CountDownLatch stopWanted = new CountDownLatch(1);
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final AtomicReference<State> state = new AtomicReference<>(STARTING);

    private sealed interface State {
        record Starting() implements State {}

        record Ready(Platform platform) implements State {}

        record Stopping() implements State {}
    }

    private Server(Plan plan, Timings timings, FileChannel lockFile) throws IOException {
        this.plan = plan;
        this.timings = timings;
        this.lockFile = lockFile;
        this.control = Control.listen(this::answer);
    }

    /**
     * Takes the home for this process; nothing runs yet. {@link LogFile#use} comes before.
     *
     * @throws StartException with one sentence, if another process has it or it can't be written
     */
    public static Server open(Plan plan, Timings timings) throws StartException {
        Home home = plan.home();
        try {
            home.create();
            FileChannel lockFile = lock(home);
            // where the tokenizers' binding unpacks its native library
            System.setProperty("DJL_CACHE_DIR", home.cache().resolve("djl").toString());
            System.setProperty("ENGINE_CACHE_DIR", home.cache().resolve("djl").toString());
            Server server = new Server(plan, timings, lockFile);
            server.writeRunFile("starting");
            return server;
        } catch (IOException e) {
            String reason = String.valueOf(e.getMessage());
            throw reason.contains("No space left")
                    ? new StartException("The disk of " + home.folder() + " is full: free some space.", e)
                    : new StartException(home.folder() + " can't be used: " + reason, e);
        }
    }

    /**
     * Starts the platform; returns when requests are answered.
     *
     * @param announce says so to whom it concerns, before the run file does
     * @throws StartException with one sentence, if it can't be; then {@link #close} is all that is left to do
     */
    public void start(Consumer<Platform.Running> announce) throws StartException, InterruptedException, IOException {
        Memory.require(plan.models());
        Platform platform = Platform.start(plan, timings);
        if (!state.compareAndSet(STARTING, new State.Ready(platform))) {
            platform.close();
            throw new StartException("Stopped while starting.");
        }
        announce.accept(platform.running());
        writeRunFile("ready");
        LOG.info("ready after {} ms\n{}", timings.now(), timings.table());
    }

    /** Ends what a platform that was killed left running in this home. */
    public static void endLeftOver(Home home) throws IOException, InterruptedException, StartException {
        PostgreSql.stopStale(home, Build.current().postgres());
    }

    /** Lets a second home use the programs that this one has unpacked. */
    public static void sharePrograms(Home from, Home to) throws IOException {
        PostgresBinaries.share(from.postgres(), to.postgres(), Build.current().postgres());
    }

    public boolean isReady() {
        return state.get() instanceof State.Ready;
    }

    /** What runs, once it does. */
    public Optional<Platform.Running> running() {
        return state.get() instanceof State.Ready(Platform platform)
                ? Optional.of(platform.running())
                : Optional.empty();
    }

    /** Waits until somebody wants it to stop, by {@code ./millrace down}. */
    public void awaitStopWanted() throws InterruptedException {
        stopWanted.await();
    }

    /** Stops all in order, running requests first, within five seconds. A second call waits for the first. */
    @Override
    public void close() {
        State before = state.getAndSet(new State.Stopping());
        if (before instanceof State.Stopping) {
            awaitStopped();
            return;
        }
        Thread.ofPlatform().daemon().name("stop-watch").start(this::cutShort);
        try {
            writeRunFile("stopping");
            switch (before) {
                case State.Ready(Platform platform) -> platform.close();
                // a start that is broken off halfway: of its parts only PostgreSQL would outlive this process
                case State.Starting _, State.Stopping _ -> endLeftOver(plan.home());
            }
        } catch (IOException | StartException e) {
            LOG.warn("stopping", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            release();
            stopped.countDown();
        }
    }

    private void awaitStopped() {
        try {
            stopped.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void release() {
        control.close();
        try {
            Files.deleteIfExists(RunFile.path(plan.home()));
            lockFile.close();
        } catch (IOException e) {
            LOG.warn("letting go of {}", plan.home().run(), e);
        }
    }

    private void cutShort() {
        try {
            if (stopped.await(LONGEST_STOP_MILLIS, TimeUnit.MILLISECONDS)) {
                return;
            }
            LOG.warn("stopping takes more than {} ms: cut short", LONGEST_STOP_MILLIS);
            // the one part that outlives this process
            PostgreSql.askToStop(plan.home(), Build.current().postgres());
        } catch (IOException e) {
            LOG.warn("stopping PostgreSQL", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Runtime.getRuntime().halt(0);
    }

    private void writeRunFile(String word) throws IOException {
        ProcessHandle self = ProcessHandle.current();
        new RunFile(
                        self.pid(),
                        self.info().startInstant().orElseThrow().toEpochMilli(),
                        word,
                        plan.url(),
                        plan.grpc(),
                        control.port(),
                        control.token())
                .write(plan.home());
    }

    /** The kernel lets go of the lock when its holder dies, however it dies. */
    private static FileChannel lock(Home home) throws IOException, StartException {
        FileChannel channel =
                FileChannel.open(home.run().resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock = channel.tryLock();
        if (lock == null) {
            channel.close();
            throw new StartException(RunFile.ofLiving(home)
                    .map(running -> "Millrace already runs at " + running.url() + " (pid " + running.pid()
                            + "); ./millrace down stops it.")
                    .orElse("Another millrace is just starting or stopping in " + home.folder() + "."));
        }
        return channel;
    }

    private ObjectNode answer(JsonNode request) {
        String command = request.path("command").asString("");
        if (command.equals("stop")) {
            stopWanted.countDown();
            return JSON.createObjectNode();
        }
        if (!(state.get() instanceof State.Ready(Platform platform))) {
            return command.equals("status")
                    ? JSON.createObjectNode()
                    : JSON.createObjectNode().put("error", "Millrace is still starting, or already stopping.");
        }
        try {
            Platform.Running running = platform.running();
            return switch (command) {
                case "status" -> status(running);
                case "keys-create" ->
                    JSON.createObjectNode()
                            .put(
                                    "key",
                                    running.keychain()
                                            .create(request.path("name").asString(""), scopes(request)));
                case "keys-list" -> keys(running);
                case "keys-revoke" -> revoke(running, request.path("id").asString(""));
                case "keys-rotate" -> rotate(running, request.path("id").asString(""));
                default -> JSON.createObjectNode().put("error", "unknown command \"" + command + "\"");
            };
        } catch (SQLException e) {
            throw new IllegalStateException("the database can't be asked: " + e.getMessage(), e);
        }
    }

    private static Scope[] scopes(JsonNode request) {
        return request.path("scopes")
                .valueStream()
                .map(scope -> Scope.of(scope.asString()))
                .toArray(Scope[]::new);
    }

    private ObjectNode status(Platform.Running running) {
        ObjectNode answer = JSON.createObjectNode();
        running.models().kernels().ifPresent(kernels -> answer.put("kernels", kernels));
        ArrayNode starting = answer.putArray("starting");
        running.starting().get().forEach(starting::add);
        ArrayNode models = answer.putArray("models");
        for (ModelStates.ModelState model : running.models().all()) {
            ObjectNode entry = models.addObject();
            entry.put("name", model.name());
            entry.put("state", model.state());
            if (!model.reason().isEmpty()) {
                entry.put("reason", model.reason());
            }
            entry.put("architecture", model.architecture());
            entry.put("quantization", model.quantization());
            entry.put("context_tokens", model.contextTokens());
            entry.put("chats", model.chats());
        }
        ArrayNode phases = answer.putArray("start");
        for (Timings.Phase phase : timings.phases()) {
            phases.addObject()
                    .put("phase", phase.name())
                    .put("begin_millis", phase.beginMillis())
                    .put("end_millis", phase.endMillis());
        }
        return answer;
    }

    private static ObjectNode keys(Platform.Running running) throws SQLException {
        ObjectNode answer = JSON.createObjectNode();
        ArrayNode list = answer.putArray("keys");
        running.keychain().list().forEach(key -> list.add(describe(key)));
        return answer;
    }

    private static ObjectNode revoke(Platform.Running running, String id) throws SQLException {
        Optional<ApiKey> revoked = running.keychain().revoke(id);
        return revoked.map(Server::describe)
                .orElseGet(() -> JSON.createObjectNode()
                        .put("error", "There is no key \"" + id + "\": ./millrace keys list shows them."));
    }

    private static ObjectNode rotate(Platform.Running running, String id) throws SQLException {
        return running.keychain()
                .rotate(id)
                .map(key -> JSON.createObjectNode().put("key", key))
                .orElseGet(() -> JSON.createObjectNode()
                        .put("error", "There is no valid key \"" + id + "\": ./millrace keys list shows them."));
    }

    private static ObjectNode describe(ApiKey key) {
        ObjectNode entry = JSON.createObjectNode();
        entry.put("id", key.id());
        entry.put("name", key.name());
        entry.put("shown", key.shown());
        entry.put("created_at", key.createdAt().toString());
        key.expiresAt().ifPresent(at -> entry.put("expires_at", at.toString()));
        key.revokedAt().ifPresent(at -> entry.put("revoked_at", at.toString()));
        return entry;
    }
}
