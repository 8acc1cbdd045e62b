package dev.millrace.training.events;

import dev.millrace.training.jobs.Job;
import dev.millrace.training.jobs.JobEvent;
import dev.millrace.training.jobs.JobTable;
import dev.millrace.training.jobs.Outbox;
import dev.millrace.training.jobs.Outbox.Letter;
import dev.millrace.training.wire.Messages;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the outbox to Kafka. While broker or database are away, letters wait; one may be sent twice: who reads tells by an
 * event's number, and an adapter's name.
 */
public final class OutboxPublisher implements AutoCloseable {
    private static final int BATCH = 100;
    private static final Duration PAUSE = Duration.ofMillis(300);
    private static final Duration CLOSE = Duration.ofSeconds(2);
    private static final Logger log = LoggerFactory.getLogger(OutboxPublisher.class);

    private final JobTable table;
    private final Map<String, Object> connection;
    private final Thread thread;
    private volatile boolean closed;

    /** @param connection Kafka's own settings: where the brokers are, and how to speak to them */
    public OutboxPublisher(JobTable table, Map<String, Object> connection) {
        this.table = table;
        this.connection = Map.copyOf(connection);
        this.thread = Thread.ofPlatform().daemon().name("training-outbox").unstarted(this::run);
    }

    public void start() {
        thread.start();
    }

    private void run() {
        boolean wasAway = false;
        while (!closed) {
            try {
                Topics.make(connection);
                try (Producer<String, byte[]> producer = producer()) {
                    wasAway = false;
                    publish(producer);
                }
            } catch (KafkaException | ExecutionException | SQLException away) {
                if (!wasAway) {
                    log.warn("events of training wait until they can be published: {}", away.getMessage());
                    wasAway = true;
                }
                pause();
            } catch (InterruptedException closing) {
                closed = true;
            }
        }
    }

    private Producer<String, byte[]> producer() {
        Map<String, Object> settings = new HashMap<>(connection);
        settings.put("acks", "all");
        settings.put("enable.idempotence", true);
        settings.put("max.block.ms", 5_000);
        settings.put("request.timeout.ms", 5_000);
        settings.put("delivery.timeout.ms", 15_000);
        return new KafkaProducer<>(settings, new StringSerializer(), new ByteArraySerializer());
    }

    private void publish(Producer<String, byte[]> producer)
            throws SQLException, ExecutionException, InterruptedException {
        Outbox outbox = table.outbox();
        while (!closed) {
            List<Letter> letters = outbox.next(BATCH);
            if (letters.isEmpty()) {
                Thread.sleep(PAUSE);
                continue;
            }
            List<Future<RecordMetadata>> sent = new ArrayList<>();
            for (Letter letter : letters) {
                Optional<ProducerRecord<String, byte[]>> record = record(letter);
                record.ifPresent(known -> sent.add(producer.send(known)));
            }
            producer.flush();
            for (Future<RecordMetadata> acknowledged : sent) {
                acknowledged.get();
            }
            outbox.remove(letters);
        }
    }

    private Optional<ProducerRecord<String, byte[]>> record(Letter letter) throws SQLException {
        if (letter.adapterGone().isPresent()) {
            return Optional.of(
                    new ProducerRecord<>(Topics.ADAPTERS, letter.adapterGone().get(), null));
        }
        String id =
                letter.adapterOf().or(() -> letter.event().map(JobEvent::jobId)).orElse("");
        Optional<Job> job = table.find(id);
        if (job.isEmpty()) {
            return Optional.empty(); // deleted meanwhile
        }
        if (letter.adapterOf().isPresent()) {
            return Optional.of(new ProducerRecord<>(
                    Topics.ADAPTERS,
                    job.get().spec().adapter(),
                    Messages.published(job.get()).toByteArray()));
        }
        return letter.event()
                .map(event -> new ProducerRecord<>(
                        Topics.PROGRESS, id, Messages.progress(event, job.get()).toByteArray()));
    }

    private void pause() {
        try {
            Thread.sleep(PAUSE);
        } catch (InterruptedException closing) {
            closed = true;
        }
    }

    @Override
    public void close() {
        closed = true;
        thread.interrupt();
        try {
            if (!thread.join(CLOSE)) {
                log.warn("an event is still being sent");
            }
        } catch (InterruptedException hurried) {
            Thread.currentThread().interrupt();
        }
    }
}
