package dev.millrace.inference.events;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.millrace.contracts.v1.AdapterPublished;
import dev.millrace.inference.models.Adapters;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the topic of adapters: every replica reads all of it, from when it began to. What was published before lies in the
 * model store, which is read again whenever the topic has come into reach: so none is missed, however long the broker
 * was away.
 */
public final class AdapterEvents implements AutoCloseable {
    static final String TOPIC = "millrace.training.adapters.v1";

    private static final Duration POLL = Duration.ofSeconds(1);
    private static final Duration PAUSE = Duration.ofSeconds(1);
    private static final Duration CLOSE = Duration.ofSeconds(2);
    private static final Logger log = LoggerFactory.getLogger(AdapterEvents.class);

    private final Adapters adapters;
    private final Map<String, Object> settings;
    private final Thread thread;
    private final CountDownLatch closing = new CountDownLatch(1);
    // an interrupt would break off its farewell to the broker too
    private volatile @Nullable Consumer<String, byte[]> following;

    /** @param connection Kafka's own settings: where the brokers are, and how to speak to them */
    public AdapterEvents(Adapters adapters, Map<String, Object> connection) {
        this.adapters = adapters;
        this.settings = new HashMap<>(connection);
        settings.put("enable.auto.commit", false);
        settings.put("allow.auto.create.topics", false);
        settings.put("auto.offset.reset", "latest");
        settings.put("default.api.timeout.ms", 5_000);
        settings.put("request.timeout.ms", 4_000);
        this.thread = Thread.ofPlatform().daemon().name("adapter-events").unstarted(this::run);
    }

    /** Begins to follow. Called once. */
    public void start() {
        thread.start();
    }

    private void run() {
        boolean wasAway = false;
        while (!closed()) {
            try (Consumer<String, byte[]> consumer =
                    new KafkaConsumer<>(settings, new StringDeserializer(), new ByteArrayDeserializer())) {
                following = consumer;
                while (!closed()) {
                    if (follow(consumer)) {
                        wasAway = false;
                        read(consumer);
                    }
                    pause();
                }
            } catch (WakeupException | InterruptException ending) {
                return;
            } catch (KafkaException away) {
                if (!wasAway) {
                    log.warn("events of adapters can't be followed until the broker is back: {}", away.getMessage());
                    wasAway = true;
                }
                pause();
            }
        }
    }

    /** Finds the topic, if somebody has made it, and its present end. */
    private boolean follow(Consumer<String, byte[]> consumer) {
        List<TopicPartition> partitions = consumer.partitionsFor(TOPIC).stream()
                .map(info -> new TopicPartition(info.topic(), info.partition()))
                .toList();
        if (partitions.isEmpty()) {
            return false;
        }
        consumer.assign(partitions);
        consumer.seekToEnd(partitions);
        partitions.forEach(consumer::position);
        // what was published before that end
        adapters.scan();
        log.info("following the events of adapters");
        return true;
    }

    private void read(Consumer<String, byte[]> consumer) {
        while (!closed()) {
            for (ConsumerRecord<String, byte[]> record : consumer.poll(POLL)) {
                take(record);
            }
        }
    }

    private void take(ConsumerRecord<String, byte[]> record) {
        try {
            if (record.value() == null) {
                adapters.removed(String.valueOf(record.key()));
                return;
            }
            AdapterPublished published = AdapterPublished.parseFrom(record.value());
            adapters.published(published.getBaseModel(), published.getPath());
        } catch (InvalidProtocolBufferException | IllegalArgumentException foreign) {
            log.error(
                    "what lies at {}-{} offset {} is no adapter, and is left out: {}",
                    record.topic(),
                    record.partition(),
                    record.offset(),
                    foreign.getMessage());
        }
    }

    private boolean closed() {
        return closing.getCount() == 0;
    }

    private void pause() {
        try {
            closing.await(PAUSE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException ending) {
            closing.countDown();
        }
    }

    @Override
    public void close() {
        closing.countDown();
        Consumer<String, byte[]> consumer = following;
        if (consumer != null) {
            consumer.wakeup();
        }
        try {
            if (thread.isAlive() && !thread.join(CLOSE)) {
                log.warn("the topic of adapters is still being read");
                thread.interrupt();
            }
        } catch (InterruptedException hurried) {
            Thread.currentThread().interrupt();
        }
    }
}
