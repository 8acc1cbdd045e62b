package dev.millrace.inference.events;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contracts.v1.AdapterPublished;
import dev.millrace.inference.engine.Alphabet;
import dev.millrace.inference.engine.EngineOptions;
import dev.millrace.inference.engine.HistoryBackend;
import dev.millrace.inference.engine.Speculation;
import dev.millrace.inference.models.Adapters;
import dev.millrace.inference.models.LoadedModel;
import dev.millrace.inference.models.ModelRegistry;
import dev.millrace.inference.models.ModelState;
import dev.millrace.inference.models.SamplingDefaults;
import dev.millrace.kernels.compute.KernelOptions;
import dev.millrace.kernels.compute.Kernels;
import dev.millrace.kernels.compute.Providers;
import dev.millrace.testing.TestBroker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With a real broker. */
class AdapterEventsTest {
    private static final Path TINY = Path.of("src/test/resources/tiny-adapters/llama-tied/all");

    @TempDir
    private Path folder;

    @Test
    void published_adapters_are_served_and_removed_ones_are_not() throws Exception {
        Path store = folder.resolve("models");
        try (TestBroker broker = new TestBroker(folder);
                ModelRegistry models = registry();
                Adapters adapters = new Adapters(store, models, model -> kernels());
                AdapterEvents events = new AdapterEvents(adapters, Map.of("bootstrap.servers", broker.address()))) {
            events.start();
            // in the store before anybody has made the topic
            put(store, "early");
            makeTopic(broker);
            await(models, "letters:early", true);

            put(store, "late");
            send(broker, "rubbish", new byte[] {1, 2, 3});
            send(broker, "out", published("../../etc"));
            send(broker, "late", published("adapters/late"));
            await(models, "letters:late", true);

            send(broker, "letters:early", null);
            await(models, "letters:early", false);
            assertThat(models.state("letters:late")).isInstanceOf(ModelState.Adapted.class);

            broker.stop();
            put(store, "meanwhile");
            broker.startAgain();
            put(store, "after");
            send(broker, "after", published("adapters/after"));
            await(models, "letters:after", true);
        }
    }

    private static ModelRegistry registry() {
        return new ModelRegistry(
                Map.of("letters", Path.of("letters")),
                AdapterEventsTest::kernels,
                (name, path, kernels) -> new LoadedModel(
                        name, new HistoryBackend(50, 4, 200, 64, 64), Alphabet.of(64), false, SamplingDefaults.NONE),
                new EngineOptions(64, 8, 2, 1_000, Duration.ofSeconds(10), true, Speculation.OFF));
    }

    private static Kernels kernels() {
        return Providers.choose(new KernelOptions(Optional.of("scalar"), 1, KernelOptions.Activations.FLOAT32))
                .kernels();
    }

    private static byte[] published(String path) {
        return AdapterPublished.newBuilder()
                .setJobId("job")
                .setName(path.substring(path.lastIndexOf('/') + 1))
                .setBaseModel("letters")
                .setPath(path)
                .build()
                .toByteArray();
    }

    private static void put(Path store, String name) throws IOException {
        Path adapter = Files.createDirectories(store.resolve("adapters").resolve(name));
        try (Stream<Path> files = Files.list(TINY)) {
            for (Path file : files.toList()) {
                Files.copy(file, adapter.resolve(file.getFileName()));
            }
        }
    }

    private static void makeTopic(TestBroker broker) throws Exception {
        try (Admin admin = Admin.create(Map.<String, Object>of("bootstrap.servers", broker.address()))) {
            admin.createTopics(List.of(new NewTopic(AdapterEvents.TOPIC, 3, (short) 1)))
                    .all()
                    .get(30, TimeUnit.SECONDS);
        }
    }

    private static void send(TestBroker broker, String key, byte @Nullable [] value) throws Exception {
        try (Producer<String, byte[]> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", broker.address()), new StringSerializer(), new ByteArraySerializer())) {
            producer.send(new ProducerRecord<>(AdapterEvents.TOPIC, key, value)).get(30, TimeUnit.SECONDS);
        }
    }

    private static void await(ModelRegistry models, String name, boolean served) throws InterruptedException {
        Instant end = Instant.now().plusSeconds(60);
        while (models.state(name) instanceof ModelState.Adapted != served) {
            if (Instant.now().isAfter(end)) {
                throw new AssertionError(name + " is " + models.state(name));
            }
            Thread.sleep(10);
        }
    }
}
