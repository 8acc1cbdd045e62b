package dev.millrace.standalone.launch;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import kafka.tools.StorageTool;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Exit;
import org.apache.kafka.common.utils.Time;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One Kafka broker that is its own controller (KRaft), in this process. Where Kafka would end its process (a full disk,
 * say) only the broker ends: the gateway keeps usage in its journal until the next start.
 */
final class KafkaBroker implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(KafkaBroker.class);

    private final KafkaRaftServer server;
    private final CompletableFuture<String> gaveUp;

    private KafkaBroker(KafkaRaftServer server, CompletableFuture<String> gaveUp) {
        this.server = server;
        this.gaveUp = gaveUp;
    }

    /** @param port a free one; the broker's clients may start before it does */
    static KafkaBroker start(Home home, int port) throws IOException, StartException, InterruptedException {
        Files.createDirectories(home.kafka());
        CompletableFuture<String> gaveUp = new CompletableFuture<>();
        Exit.setHaltProcedure((_, message) -> giveUp(gaveUp, message));
        Exit.setExitProcedure((_, message) -> giveUp(gaveUp, message));
        int controllerPort = Ports.free();
        Properties properties = properties(home, port, controllerPort);
        if (!Files.exists(home.kafka().resolve("log").resolve("meta.properties"))) {
            format(home, properties);
        }
        KafkaRaftServer server = new KafkaRaftServer(new KafkaConfig(properties, false), Time.SYSTEM);
        CompletableFuture<Void> started = new CompletableFuture<>();
        // a thread of its own: it would wait for long for parts that have given up
        Thread.ofPlatform().daemon().name("kafka-startup").start(() -> {
            try {
                server.startup();
                started.complete(null);
            } catch (Throwable e) {
                started.completeExceptionally(e);
            }
        });
        try {
            CompletableFuture.anyOf(started, gaveUp).get();
        } catch (ExecutionException e) {
            if (!gaveUp.isDone()) {
                throw new StartException("Kafka did not start: " + e.getCause() + ".", e);
            }
        }
        if (gaveUp.isDone()) {
            throw new StartException(
                    home.diskIsFull()
                            ? "The disk of " + home.folder() + " is full: Kafka can't write there."
                            : "Kafka gave up while starting" + gaveUp.join() + "; ./millrace logs has more.");
        }
        return new KafkaBroker(server, gaveUp);
    }

    private static void giveUp(CompletableFuture<String> gaveUp, @Nullable String message) {
        String reason = message == null ? "" : " (" + message + ")";
        if (gaveUp.complete(reason)) {
            LOG.error("Kafka gave up{}: usage stays in the gateway's journal until the next start", reason);
        }
    }

    @Override
    public void close() {
        if (gaveUp.isDone()) {
            // its parts would wait for each other; what is on the disk is whole
            return;
        }
        server.shutdown();
        server.awaitShutdown();
    }

    private static Properties properties(Home home, int port, int controllerPort) {
        Properties properties = new Properties();
        properties.setProperty("process.roles", "broker,controller");
        properties.setProperty("node.id", "1");
        properties.setProperty("controller.quorum.voters", "1@127.0.0.1:" + controllerPort);
        properties.setProperty("controller.listener.names", "CONTROLLER");
        properties.setProperty("listeners", "BROKER://127.0.0.1:" + port + ",CONTROLLER://127.0.0.1:" + controllerPort);
        properties.setProperty("listener.security.protocol.map", "BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT");
        properties.setProperty("inter.broker.listener.name", "BROKER");
        properties.setProperty("log.dirs", home.kafka().resolve("log").toString());
        // one broker: everything has one copy
        properties.setProperty("default.replication.factor", "1");
        properties.setProperty("offsets.topic.replication.factor", "1");
        properties.setProperty("offsets.topic.num.partitions", "1");
        properties.setProperty("transaction.state.log.replication.factor", "1");
        properties.setProperty("transaction.state.log.min.isr", "1");
        properties.setProperty("transaction.state.log.num.partitions", "1");
        properties.setProperty("share.coordinator.state.topic.replication.factor", "1");
        properties.setProperty("share.coordinator.state.topic.min.isr", "1");
        properties.setProperty("group.initial.rebalance.delay.ms", "0");
        // one user's traffic: a thread of each kind will do
        properties.setProperty("num.network.threads", "1");
        properties.setProperty("num.io.threads", "2");
        properties.setProperty("num.recovery.threads.per.data.dir", "1");
        properties.setProperty("background.threads", "1");
        properties.setProperty("log.cleaner.dedupe.buffer.size", "2097152");
        // a stop gives the partitions to nobody: there is nobody
        properties.setProperty("controlled.shutdown.enable", "false");
        // a lone voter elects itself: no need to wait for others
        properties.setProperty("controller.quorum.election.timeout.ms", "100");
        properties.setProperty("controller.quorum.fetch.timeout.ms", "500");
        // the next start waits until this one's registration has run out: 9 s by default
        properties.setProperty("broker.session.timeout.ms", "1500");
        properties.setProperty("broker.heartbeat.interval.ms", "300");
        properties.setProperty("initial.broker.registration.timeout.ms", "60000");
        return properties;
    }

    private static void format(Home home, Properties properties) throws IOException, StartException {
        Path file = home.kafka().resolve("format.properties");
        StringBuilder text = new StringBuilder();
        properties.forEach(
                (name, value) -> text.append(name).append('=').append(value).append('\n'));
        Files.writeString(file, text);
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        String[] arguments = {
            "format",
            "--config",
            file.toString(),
            "--cluster-id",
            Uuid.randomUuid().toString(),
            "--ignore-formatted"
        };
        int status = StorageTool.execute(arguments, new PrintStream(said, true, StandardCharsets.UTF_8));
        Files.delete(file);
        if (status != 0) {
            throw new StartException("Kafka's folder could not be made: "
                    + said.toString(StandardCharsets.UTF_8).strip());
        }
    }
}
