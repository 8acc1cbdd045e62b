package dev.millrace.gateway.events;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.millrace.gateway.usage.RequestUsage;
import dev.millrace.gateway.usage.UsageTable;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.kafka.core.DefaultKafkaConsumerFactory;
import org.springframework.kafka.listener.BatchMessageListener;
import org.springframework.kafka.listener.ContainerProperties;
import org.springframework.kafka.listener.DefaultErrorHandler;
import org.springframework.kafka.listener.KafkaMessageListenerContainer;
import org.springframework.util.backoff.FixedBackOff;

/**
 * Stores what comes over the usage topic, one share of it in each gateway. A batch is acknowledged once the database has
 * it; while the database is away the batch waits, and nothing is skipped.
 */
public final class UsageConsumer implements AutoCloseable {
    private static final String GROUP = "millrace-gateway-usage";
    private static final long RETRY_MILLIS = 1_000;
    private static final long CLOSE_MILLIS = 2_000;
    /** SQL's classes of states for values that can't be, and for those that are too large. */
    private static final Set<String> NEVER = Set.of("22", "54");

    private static final Logger log = LoggerFactory.getLogger(UsageConsumer.class);

    private final UsageTable table;
    private final KafkaMessageListenerContainer<String, byte[]> container;

    /**
     * @param connection Kafka's own settings: where the brokers are, and how to speak to them
     */
    public UsageConsumer(UsageTable table, Map<String, Object> connection) {
        this.table = table;
        Map<String, Object> settings = new HashMap<>(connection);
        settings.put("auto.offset.reset", "earliest");
        settings.put("enable.auto.commit", false);
        settings.put("max.poll.records", 1_000);
        settings.put("fetch.min.bytes", 10_000);
        settings.put("fetch.max.wait.ms", 300);
        // a topic that another gateway is about to make is found within a second or two
        settings.put("metadata.max.age.ms", 2_000);
        ContainerProperties properties = new ContainerProperties(UsageEvents.TOPIC);
        properties.setGroupId(GROUP);
        properties.setShutdownTimeout(CLOSE_MILLIS);
        properties.setMessageListener((BatchMessageListener<String, byte[]>) this::store);
        container = new KafkaMessageListenerContainer<>(
                new DefaultKafkaConsumerFactory<>(settings, new StringDeserializer(), new ByteArrayDeserializer()),
                properties);
        container.setCommonErrorHandler(
                new DefaultErrorHandler(new FixedBackOff(RETRY_MILLIS, FixedBackOff.UNLIMITED_ATTEMPTS)));
        container.setBeanName("usage-consumer");
    }

    public void start() {
        container.start();
    }

    private void store(List<ConsumerRecord<String, byte[]>> records) {
        List<RequestUsage> usages = new ArrayList<>(records.size());
        for (ConsumerRecord<String, byte[]> record : records) {
            try {
                usages.add(UsageEvents.usage(record.value()));
            } catch (InvalidProtocolBufferException | IllegalArgumentException foreign) {
                log.error(
                        "what lies at {}-{} offset {} is no usage record, and is left out: {}",
                        record.topic(),
                        record.partition(),
                        record.offset(),
                        foreign.getMessage());
            }
        }
        store(usages, table);
    }

    /** One record that the database will never take must not hold up those beside it. */
    static void store(List<RequestUsage> usages, UsageTable table) {
        try {
            table.insert(usages);
        } catch (SQLException failure) {
            if (!isForEver(failure)) {
                throw new DatabaseAway(failure);
            }
            if (usages.size() == 1) {
                log.error("the database can't keep a usage record, and it is left out: {}", usages.getFirst(), failure);
            } else {
                usages.forEach(usage -> store(List.of(usage), table));
            }
        }
    }

    private static boolean isForEver(SQLException failure) {
        String state = failure.getSQLState();
        return state != null && NEVER.stream().anyMatch(state::startsWith);
    }

    /** Makes the container keep the batch and try again. */
    private static final class DatabaseAway extends RuntimeException {
        private static final long serialVersionUID = 1;

        DatabaseAway(SQLException cause) {
            super("usage waits for the database: " + cause.getMessage(), cause);
        }
    }

    @Override
    public void close() {
        container.stop();
    }
}
