package dev.millrace.rag.events;

import dev.millrace.contracts.v1.IngestCompleted;
import dev.millrace.contracts.v1.IngestProgress;
import dev.millrace.rag.catalogue.DocumentTable;
import dev.millrace.rag.ingest.IngestEvents;
import dev.millrace.rag.ingest.IngestJob;
import dev.millrace.rag.wire.Messages;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
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

/** Tells of ingestion over Kafka. A request is waited for; progress and endings are told as they come. */
public final class IngestPublisher implements IngestEvents, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(IngestPublisher.class);
    private static final long WAIT_SECONDS = 10;
    private static final Duration CLOSE = Duration.ofSeconds(2);
    private static final int PARTITIONS = 6;

    private final Map<String, Object> connection;
    private final DocumentTable documents;
    private Optional<Producer<String, byte[]>> producer = Optional.empty();

    /**
     * @param connection Kafka's own settings: where the brokers are, and how to speak to them
     */
    public IngestPublisher(Map<String, Object> connection, DocumentTable documents) {
        this.connection = Map.copyOf(connection);
        this.documents = documents;
    }

    @Override
    public void requested(List<IngestJob> jobs) {
        try {
            List<Future<RecordMetadata>> sent = new ArrayList<>();
            for (IngestJob job : jobs) {
                sent.add(producer()
                        .send(new ProducerRecord<>(
                                IngestMessages.REQUESTED, job.document(), IngestMessages.bytes(job))));
            }
            for (Future<RecordMetadata> one : sent) {
                one.get(WAIT_SECONDS, TimeUnit.SECONDS);
            }
        } catch (KafkaException | ExecutionException | TimeoutException e) {
            throw new EventsAwayException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new EventsAwayException(e);
        }
    }

    @Override
    public void progress(IngestJob job, int chunksEmbedded, int chunks) {
        tell(
                IngestMessages.PROGRESS,
                job,
                IngestProgress.newBuilder()
                        .setRequestId(job.requestId())
                        .setTenant(job.tenant())
                        .setCollectionId(job.collection())
                        .setDocumentId(job.document())
                        .setChunksEmbedded(chunksEmbedded)
                        .setChunks(chunks)
                        .build()
                        .toByteArray());
    }

    @Override
    public void ended(IngestJob job) {
        documents
                .find(job.collection(), job.document())
                .ifPresent(document -> tell(
                        IngestMessages.COMPLETED,
                        job,
                        IngestCompleted.newBuilder()
                                .setRequestId(job.requestId())
                                .setTenant(job.tenant())
                                .setCollectionId(job.collection())
                                .setDocument(Messages.document(document))
                                .build()
                                .toByteArray()));
    }

    private void tell(String topic, IngestJob job, byte[] value) {
        try {
            var _ = producer().send(new ProducerRecord<>(topic, job.document(), value), (_, failure) -> {
                if (failure != null) {
                    log.warn("{} of {} was not told: {}", topic, job.document(), failure.getMessage());
                }
            });
        } catch (KafkaException | EventsAwayException away) {
            log.warn("{} of {} was not told: {}", topic, job.document(), away.getMessage());
        }
    }

    private synchronized Producer<String, byte[]> producer() {
        if (producer.isEmpty()) {
            makeTopics();
            Map<String, Object> settings = new HashMap<>(connection);
            settings.put("acks", "all");
            settings.put("enable.idempotence", true);
            settings.put("linger.ms", 5);
            settings.put("max.block.ms", 5_000);
            settings.put("request.timeout.ms", 5_000);
            settings.put("delivery.timeout.ms", 10_000);
            settings.put("max.request.size", 8 << 20);
            producer = Optional.of(new KafkaProducer<>(settings, new StringSerializer(), new ByteArraySerializer()));
        }
        return producer.get();
    }

    private void makeTopics() {
        List<NewTopic> topics = new ArrayList<>();
        for (String name : List.of(IngestMessages.REQUESTED, IngestMessages.PROGRESS, IngestMessages.COMPLETED)) {
            topics.add(new NewTopic(name, Optional.of(PARTITIONS), Optional.empty()));
        }
        try (Admin admin = Admin.create(connection)) {
            for (var made : admin.createTopics(topics).values().values()) {
                made.get(WAIT_SECONDS, TimeUnit.SECONDS);
            }
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof TopicExistsException)) {
                throw new EventsAwayException(e);
            }
        } catch (TimeoutException e) {
            throw new EventsAwayException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new EventsAwayException(e);
        }
    }

    @Override
    public synchronized void close() {
        producer.ifPresent(p -> p.close(CLOSE));
    }
}
