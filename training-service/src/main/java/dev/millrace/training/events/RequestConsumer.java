package dev.millrace.training.events;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.millrace.contracts.v1.JobRequested;
import dev.millrace.training.jobs.Job;
import dev.millrace.training.jobs.JobSpec;
import dev.millrace.training.jobs.Jobs;
import dev.millrace.training.wire.Specs;
import java.io.IOException;
import java.sql.SQLException;
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
 * Takes jobs in that were requested over Kafka. A request is acknowledged once the database has its job; delivered twice, it
 * is still one job. What can't be done becomes a job that has failed, with the reason; what has not even names is logged
 * and left out: it must not hold up those behind it.
 */
public final class RequestConsumer implements AutoCloseable {
    private static final String GROUP = "millrace-training";
    private static final long RETRY_MILLIS = 1_000;
    private static final long CLOSE_MILLIS = 2_000;
    private static final Logger log = LoggerFactory.getLogger(RequestConsumer.class);

    private final Jobs jobs;
    private final KafkaMessageListenerContainer<String, byte[]> container;

    /** @param connection Kafka's own settings: where the brokers are, and how to speak to them */
    public RequestConsumer(Jobs jobs, Map<String, Object> connection) {
        this.jobs = jobs;
        Map<String, Object> settings = new HashMap<>(connection);
        settings.put("auto.offset.reset", "earliest");
        settings.put("enable.auto.commit", false);
        settings.put("max.poll.records", 100);
        // a topic that another service is about to make is found within a second or two
        settings.put("metadata.max.age.ms", 2_000);
        ContainerProperties properties = new ContainerProperties(Topics.REQUESTS);
        properties.setGroupId(GROUP);
        properties.setShutdownTimeout(CLOSE_MILLIS);
        properties.setMessageListener((MessageListener<String, byte[]>) this::take);
        container = new KafkaMessageListenerContainer<>(
                new DefaultKafkaConsumerFactory<>(settings, new StringDeserializer(), new ByteArrayDeserializer()),
                properties);
        container.setCommonErrorHandler(
                new DefaultErrorHandler(new FixedBackOff(RETRY_MILLIS, FixedBackOff.UNLIMITED_ATTEMPTS)));
        container.setBeanName("training-requests");
    }

    public void start() {
        container.start();
    }

    private void take(ConsumerRecord<String, byte[]> record) {
        try {
            JobRequested request = JobRequested.parseFrom(record.value());
            Job job = create(request);
            log.info("job {} was requested, and is {}", job.id(), job.status().word());
        } catch (InvalidProtocolBufferException | IllegalArgumentException foreign) {
            log.error(
                    "what lies at {}-{} offset {} is no job, and is left out: {}",
                    record.topic(),
                    record.partition(),
                    record.offset(),
                    foreign.getMessage());
        } catch (SQLException | IOException away) {
            throw new StoresAway(away);
        }
    }

    private Job create(JobRequested request) throws SQLException, IOException {
        String id = request.getId();
        JobSpec spec;
        try {
            spec = Specs.read(request.getSpec(), id);
        } catch (IllegalArgumentException invalid) {
            return jobs.fail(
                    id, Specs.names(request.getSpec(), id), "invalid_value", String.valueOf(invalid.getMessage()));
        }
        return jobs.createOrFail(id, spec);
    }

    /** Makes the container keep the request and try again. */
    private static final class StoresAway extends RuntimeException {
        private static final long serialVersionUID = 1;

        StoresAway(Exception cause) {
            super("a job waits for the database: " + cause.getMessage(), cause);
        }
    }

    @Override
    public void close() {
        container.stop();
    }
}
