package dev.millrace.gateway.events;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.millrace.gateway.usage.Journal;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the journal's records to Kafka, in order, and has the journal drop those that the broker has acknowledged. While
 * the broker is away the journal grows. A record may be sent twice (after a kill, or where an acknowledgement was lost):
 * who reads the topic tells by its request id.
 */
public final class UsagePublisher implements AutoCloseable {
    private static final int BATCH = 500;
    private static final Duration IDLE = Duration.ofSeconds(1);
    private static final Duration GATHER = Duration.ofMillis(200);
    private static final Duration RETRY = Duration.ofMillis(500);
    private static final Duration CLOSE = Duration.ofSeconds(2);
    private static final int PARTITIONS = 6;
    private static final Logger log = LoggerFactory.getLogger(UsagePublisher.class);

    private final Journal journal;
    private final Map<String, Object> connection;
    private final Thread thread;
    private volatile boolean waiting;
    private volatile boolean closed;

    /**
     * @param connection Kafka's own settings: where the brokers are, and how to speak to them
     */
    public UsagePublisher(Journal journal, Map<String, Object> connection) {
        this.journal = journal;
        this.connection = Map.copyOf(connection);
        this.thread = Thread.ofPlatform().daemon().name("usage-publisher").unstarted(this::run);
    }

    public void start() {
        thread.start();
    }

    private void run() {
        boolean wasAway = false;
        while (!closed) {
            try {
                // nothing of Kafka is loaded before there is something to tell
                if (!awaitEntry(journal.released())) {
                    continue;
                }
                makeTopic();
                try (Producer<String, byte[]> producer = producer()) {
                    if (wasAway) {
                        log.info("usage goes to Kafka again");
                        wasAway = false;
                    }
                    publish(producer);
                }
            } catch (KafkaException | ExecutionException | IOException away) {
                if (!wasAway) {
                    log.warn("usage stays in the journal until it can be published: {}", away.getMessage());
                    wasAway = true;
                }
                pause();
            } catch (InterruptedException closing) {
                closed = true;
            }
        }
    }

    private boolean awaitEntry(long from) throws InterruptedException {
        waiting = true;
        try {
            return !closed && journal.await(from, IDLE);
        } finally {
            waiting = false;
        }
    }

    private void makeTopic() throws InterruptedException, ExecutionException {
        try (Admin admin = Admin.create(connection)) {
            admin.createTopics(List.of(new NewTopic(UsageEvents.TOPIC, Optional.of(PARTITIONS), Optional.empty())))
                    .all()
                    .get();
        } catch (ExecutionException failure) {
            if (!(failure.getCause() instanceof TopicExistsException)) {
                throw failure;
            }
        }
    }

    private Producer<String, byte[]> producer() {
        Map<String, Object> settings = new HashMap<>(connection);
        settings.put("acks", "all");
        settings.put("enable.idempotence", true);
        settings.put("linger.ms", 5);
        settings.put("max.block.ms", 5_000);
        settings.put("request.timeout.ms", 5_000);
        settings.put("delivery.timeout.ms", 15_000);
        return new KafkaProducer<>(settings, new StringSerializer(), new ByteArraySerializer());
    }

    private void publish(Producer<String, byte[]> producer)
            throws InterruptedException, ExecutionException, IOException {
        while (!closed) {
            long from = journal.released();
            if (!awaitEntry(from)) {
                continue;
            }
            List<Journal.Entry> entries = journal.read(from, BATCH);
            List<Future<RecordMetadata>> sent = new ArrayList<>(entries.size());
            for (Journal.Entry entry : entries) {
                sent.add(producer.send(new ProducerRecord<>(UsageEvents.TOPIC, key(entry), entry.bytes())));
            }
            producer.flush();
            for (Future<RecordMetadata> acknowledged : sent) {
                acknowledged.get();
            }
            journal.release(entries.getLast().next());
            if (entries.size() < BATCH) {
                // nobody waits for usage: what comes meanwhile goes together, at a fraction of the work
                Thread.sleep(GATHER);
            }
        }
    }

    private static String key(Journal.Entry entry) throws InvalidProtocolBufferException {
        return UsageEvents.usage(entry.bytes()).keyId();
    }

    private static void pause() {
        try {
            Thread.sleep(RETRY);
        } catch (InterruptedException closing) {
            Thread.currentThread().interrupt();
        }
    }

    /** Stops after the records that are being sent; what is left is in the journal for the next start. */
    @Override
    public void close() {
        closed = true;
        if (waiting) {
            thread.interrupt();
        }
        try {
            if (!thread.join(CLOSE)) {
                thread.interrupt();
                thread.join(CLOSE);
            }
        } catch (InterruptedException hurried) {
            Thread.currentThread().interrupt();
        }
    }
}
