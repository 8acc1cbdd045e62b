package dev.millrace.rag.events;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.millrace.rag.ingest.IngestEvents;
import dev.millrace.rag.ingest.IngestJob;
import dev.millrace.rag.ingest.Ingestion;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.kafka.core.DefaultKafkaConsumerFactory;
import org.springframework.kafka.listener.ContainerProperties;
import org.springframework.kafka.listener.DefaultErrorHandler;
import org.springframework.kafka.listener.KafkaMessageListenerContainer;
import org.springframework.kafka.listener.MessageListener;
import org.springframework.util.backoff.FixedBackOff;

/**
 * Takes documents in, one after the other, as they are requested over Kafka. A request is acknowledged once it has ended;
 * while the catalogue is away it waits.
 */
public final class IngestConsumer implements AutoCloseable {
    private static final String GROUP = "millrace-rag-ingest";
    private static final long RETRY_MILLIS = 1_000;
    private static final long CLOSE_MILLIS = 20_000;
    /** Longer than any one document takes. */
    private static final Duration LONGEST = Duration.ofHours(2);

    private static final Logger log = LoggerFactory.getLogger(IngestConsumer.class);

    private final Ingestion ingestion;
    private final KafkaMessageListenerContainer<String, byte[]> container;
    private final Thread starter;

    /**
     * @param connection Kafka's own settings: where the brokers are, and how to speak to them
     */
    public IngestConsumer(Ingestion ingestion, Map<String, Object> connection) {
        this.ingestion = ingestion;
        Map<String, Object> settings = new HashMap<>(connection);
        settings.put("auto.offset.reset", "earliest");
        settings.put("enable.auto.commit", false);
        settings.put("max.poll.records", 1);
        settings.put("max.poll.interval.ms", (int) LONGEST.toMillis());
        // a topic that a producer is about to make is found within a second or two
        settings.put("metadata.max.age.ms", 2_000);
        ContainerProperties properties = new ContainerProperties(IngestMessages.REQUESTED);
        properties.setGroupId(GROUP);
        properties.setAckMode(ContainerProperties.AckMode.RECORD);
        properties.setShutdownTimeout(CLOSE_MILLIS);
        properties.setStopImmediate(true);
        properties.setMessageListener((MessageListener<String, byte[]>) this::take);
        container = new KafkaMessageListenerContainer<>(
                new DefaultKafkaConsumerFactory<>(settings, new StringDeserializer(), new ByteArrayDeserializer()),
                properties);
        container.setCommonErrorHandler(
                new DefaultErrorHandler(new FixedBackOff(RETRY_MILLIS, FixedBackOff.UNLIMITED_ATTEMPTS)));
        container.setBeanName("ingest-consumer");
        starter = Thread.ofPlatform().daemon().name("ingest-start").unstarted(this::requestUnfinished);
    }

    public void start() {
        starter.start();
        container.start();
    }

    private void requestUnfinished() {
        while (!Thread.currentThread().isInterrupted()) {
            try {
                ingestion.requestUnfinished();
                return;
            } catch (RuntimeException away) {
                log.warn("what was being taken in at the last stop can't be asked for yet: {}", away.getMessage());
            }
            try {
                Thread.sleep(RETRY_MILLIS);
            } catch (InterruptedException closing) {
                return;
            }
        }
    }

    private void take(ConsumerRecord<String, byte[]> record) {
        IngestJob job;
        try {
            job = IngestMessages.job(record.value());
        } catch (InvalidProtocolBufferException | IllegalArgumentException foreign) {
            log.error(
                    "what lies at {}-{} offset {} is no request to take a document in, and is left out: {}",
                    record.topic(),
                    record.partition(),
                    record.offset(),
                    foreign.getMessage());
            return;
        }
        try {
            ingestion.carryOut(job);
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
            throw new IngestEvents.EventsAwayException(stopping);
        }
    }

    @Override
    public void close() {
        starter.interrupt();
        ingestion.stop();
        container.stop();
    }
}
