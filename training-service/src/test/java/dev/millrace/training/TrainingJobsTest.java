package dev.millrace.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.millrace.contracts.v1.AdapterPublished;
import dev.millrace.contracts.v1.CreateJobRequest;
import dev.millrace.contracts.v1.DeleteAdapterRequest;
import dev.millrace.contracts.v1.DeleteModelRequest;
import dev.millrace.contracts.v1.EventsRequest;
import dev.millrace.contracts.v1.Hyperparameters;
import dev.millrace.contracts.v1.JobId;
import dev.millrace.contracts.v1.JobProgress;
import dev.millrace.contracts.v1.JobRequested;
import dev.millrace.contracts.v1.JobSpec;
import dev.millrace.contracts.v1.ListEventsRequest;
import dev.millrace.contracts.v1.ListEventsResponse;
import dev.millrace.contracts.v1.ListJobsRequest;
import dev.millrace.contracts.v1.Lora;
import dev.millrace.contracts.v1.Preference;
import dev.millrace.contracts.v1.Reward;
import dev.millrace.contracts.v1.TrainingEvent;
import dev.millrace.contracts.v1.TrainingJob;
import dev.millrace.kernels.weights.SafetensorsFile;
import dev.millrace.testing.Eventually;
import dev.millrace.testing.TestBroker;
import dev.millrace.training.events.Topics;
import dev.millrace.training.model.ModelFile;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Jobs from request to adapter: real PostgreSQL, real Kafka, real worker processes. */
class TrainingJobsTest {
    /** Passes over the data, of three steps each, that leave time for a kill and a pause on the fastest machine. */
    private static final int LONG = 150;

    private static final Duration PATIENCE = Duration.ofSeconds(90);

    @TempDir
    static Path folder;

    private static TestDatabase database;
    private static TestBroker broker;
    private static FakeTokenizer tokenizer;
    private static WholeTraining training;

    @BeforeAll
    static void start() throws IOException, SQLException {
        database = new TestDatabase();
        broker = new TestBroker(folder);
        tokenizer = new FakeTokenizer();
        Path files = Files.createDirectories(folder.resolve("training/files"));
        Files.writeString(
                files.resolve("chats.jsonl"),
                List.of("one", "two", "three", "four", "five", "six").stream()
                        .map(word -> "{\"messages\":[{\"role\":\"user\",\"content\":\"" + word
                                + "\"},{\"role\":\"assistant\",\"content\":\"" + word + word + "\"}]}")
                        .collect(Collectors.joining("\n")));
        Files.writeString(
                files.resolve("pairs.jsonl"),
                "{\"prompt\":\"say\",\"chosen\":\"good\",\"rejected\":\"evil\"}\n"
                        + "{\"prompt\":\"tell\",\"chosen\":\"light\",\"rejected\":\"dark\"}");
        Files.writeString(files.resolve("bad.jsonl"), "{\"text\":\"fine\"}\nno json\n{\"messages\":[]}\n");
        training = new WholeTraining(folder, database.url(), broker.address(), tokenizer);
    }

    @AfterAll
    static void stop() {
        training.close();
        tokenizer.close();
        broker.close();
        database.close();
    }

    private static JobSpec.Builder spec(String adapter, int epochs) {
        return JobSpec.newBuilder()
                .setModel("tiny")
                .setTrainingFile("chats.jsonl")
                .setAdapter(adapter)
                .setLora(Lora.newBuilder().setRank(4))
                .setHyperparameters(Hyperparameters.newBuilder()
                        .setEpochs(epochs)
                        .setBatchSize(2)
                        .setLearningRate(1e-3)
                        .setWarmupSteps(4)
                        .setCheckpointEvery(10));
    }

    private static TrainingJob create(String id, JobSpec spec) {
        return training.client.create(
                CreateJobRequest.newBuilder().setId(id).setSpec(spec).build());
    }

    private static TrainingJob get(String id) {
        return training.client.get(id(id));
    }

    private static JobId id(String id) {
        return JobId.newBuilder().setId(id).build();
    }

    private static TrainingJob await(String id, String status) throws Exception {
        Eventually.holds(id + " is " + status + ", was " + get(id), PATIENCE, () -> {
            TrainingJob job = get(id);
            assertThat(job.getStatus().equals("failed") && !status.equals("failed"))
                    .as(job.toString())
                    .isFalse();
            return job.getStatus().equals(status);
        });
        return get(id);
    }

    private static void awaitStep(String id, long step) throws Exception {
        Eventually.holds(id + " is at step " + step, PATIENCE, () -> get(id).getStep() >= step);
    }

    private static List<TrainingEvent> events(String id) {
        List<TrainingEvent> events = new ArrayList<>();
        training.client.events(EventsRequest.newBuilder().setId(id).build()).forEachRemaining(events::add);
        return events;
    }

    private static byte[] weights(String adapter) throws IOException {
        return Files.readAllBytes(folder.resolve("models/adapters/" + adapter + "/adapter_model.safetensors"));
    }

    @Test
    void a_request_over_kafka_that_comes_twice_becomes_one_job_and_an_adapter_that_is_told_of() throws Exception {
        byte[] request = JobRequested.newBuilder()
                .setId("job-kafka")
                .setSpec(spec("from-kafka", 2))
                .build()
                .toByteArray();
        try (KafkaProducer<String, byte[]> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", broker.address()), new StringSerializer(), new ByteArraySerializer())) {
            for (byte[] value : List.of(new byte[] {1, 2, 3}, request, request)) {
                producer.send(new ProducerRecord<>(Topics.REQUESTS, "job-kafka", value))
                        .get();
            }
        }
        Eventually.holds(
                "the job is known",
                PATIENCE,
                () -> training.client.list(ListJobsRequest.getDefaultInstance()).getJobsList().stream()
                        .anyMatch(job -> job.getId().equals("job-kafka")));
        TrainingJob job = await("job-kafka", "succeeded");
        assertThat(job.getStep()).isEqualTo(6);
        assertThat(job.getTotalSteps()).isEqualTo(6);
        assertThat(job.getFineTunedModel()).isEqualTo("tiny:from-kafka");
        assertThat(List.of(
                        job.getCreatedAtMillis(),
                        job.getFirstStepAtMillis(),
                        job.getLastStepAtMillis(),
                        job.getFinishedAtMillis()))
                .isSorted();
        assertThat(job.getFirstStepAtMillis()).isLessThan(job.getLastStepAtMillis());
        System.out.printf(
                "accepted to first step %d ms, last step to model store %d ms%n",
                job.getFirstStepAtMillis() - job.getCreatedAtMillis(),
                job.getFinishedAtMillis() - job.getLastStepAtMillis());
        assertThat(job.getTrainedTokens()).isPositive();
        assertThat(database.ask("select count(*) from training.event where job_id = 'job-kafka' and step > 0"))
                .isEqualTo("6");

        AdapterPublished published =
                AdapterPublished.parseFrom(first(Topics.ADAPTERS, record -> "from-kafka".equals(record.key())));
        assertThat(published.getPath()).isEqualTo("adapters/from-kafka");
        assertThat(published.getBaseModel()).isEqualTo("tiny");
        assertThat(folder.resolve("models").resolve(published.getPath()).resolve("adapter_config.json"))
                .exists();
        JobProgress progress = JobProgress.parseFrom(first(Topics.PROGRESS, record -> step(record) == 6));
        assertThat(progress.getEvent().getMetricsMap())
                .containsKeys("loss", "mean_token_accuracy", "learning_rate", "grad_norm", "num_tokens", "epoch");
    }

    @Test
    void a_request_over_kafka_that_cannot_be_done_becomes_a_job_that_says_why() throws Exception {
        JobSpec.Builder steep = spec("steep", 1);
        steep.getLoraBuilder().setRank(100_000);
        Map<String, JobSpec> requests = Map.of(
                "job-no-model",
                spec("no-model", 1).setModel("nothing").build(),
                "job-steep",
                steep.build(),
                "job-without-names",
                JobSpec.getDefaultInstance());
        try (KafkaProducer<String, byte[]> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", broker.address()), new StringSerializer(), new ByteArraySerializer())) {
            for (Map.Entry<String, JobSpec> request : requests.entrySet()) {
                byte[] value = JobRequested.newBuilder()
                        .setId(request.getKey())
                        .setSpec(request.getValue())
                        .build()
                        .toByteArray();
                producer.send(new ProducerRecord<>(Topics.REQUESTS, request.getKey(), value))
                        .get();
            }
        }
        Eventually.holds(
                "both are known",
                PATIENCE,
                () -> database.ask("select count(*) from training.job where id in ('job-no-model', 'job-steep')")
                        .equals("2"));
        TrainingJob unknown = get("job-no-model");
        assertThat(unknown.getStatus()).isEqualTo("failed");
        assertThat(unknown.getErrorCode()).isEqualTo("model_not_found");
        assertThat(unknown.getFinishedAtMillis()).isPositive();
        assertThat(get("job-steep").getErrorMessage()).contains("100000");
        assertThat(events("job-steep"))
                .singleElement()
                .satisfies(event -> assertThat(event.getStatus()).isEqualTo("failed"));
    }

    @Test
    void held_out_examples_are_looked_at_and_an_adapter_that_is_deleted_is_gone_for_all() throws Exception {
        JobSpec.Builder spec = spec("seen", 3)
                .setValidationFile("chats.jsonl")
                .setTenant("miller")
                .putMetadata("mill", "water");
        // all examples in each step: what a look sees is what the next step begins with
        spec.getHyperparametersBuilder().setBatchSize(6).setEvaluateEvery(1);
        create("job-seen", spec.build());
        assertThat(await("job-seen", "succeeded").getSpec().getValidationFile()).isEqualTo("chats.jsonl");
        List<TrainingEvent> all = events("job-seen");
        List<TrainingEvent> steps =
                all.stream().filter(event -> event.getType().equals("metrics")).toList();
        assertThat(steps).hasSize(3);
        assertThat(all.stream().filter(TrainingEvent::hasSample).map(TrainingEvent::getStep))
                .containsExactly(0L, 0L, 0L, 1L, 1L, 1L, 2L, 2L, 2L, 3L, 3L, 3L);
        for (int i = 0; i < 2; i++) {
            assertThat(steps.get(i).getMetricsOrThrow("eval_loss"))
                    .isCloseTo(
                            steps.get(i + 1).getMetricsOrThrow("loss"),
                            org.assertj.core.api.Assertions.withinPercentage(1e-3));
            assertThat(steps.get(i).getMetricsOrThrow("eval_mean_token_accuracy"))
                    .isEqualTo(steps.get(i + 1).getMetricsOrThrow("mean_token_accuracy"));
        }
        assertThat(training.client.checkpoints(id("job-seen")).getCheckpoints(0).getMetricsMap())
                .containsKey("loss");
        assertThat(training.client
                        .list(ListJobsRequest.newBuilder()
                                .setTenant("miller")
                                .putMetadata("mill", "water")
                                .build())
                        .getJobsList())
                .hasSize(1);
        ListEventsResponse newest = training.client.listEvents(
                ListEventsRequest.newBuilder().setId("job-seen").setLimit(2).build());
        assertThat(newest.getHasMore()).isTrue();
        assertThat(newest.getEvents(0).getStatus()).isEqualTo("succeeded");
        TrainingEvent sample = newest.getEvents(1);
        assertThat(sample.getType()).isEqualTo("sample");
        assertThat(sample.getSample().getPrompt()).isEqualTo("three");
        assertThat(sample.getSample().getWanted()).isEqualTo("threethree");
        assertThat(sample.getMessage())
                .isEqualTo("After step 3, \"three\" is answered: "
                        + sample.getSample().getAnswer());
        assertThat(told(Topics.PROGRESS, record -> {
                    JobProgress progress = progress(record);
                    return "job-seen".equals(record.key())
                            && progress.getEvent().equals(sample);
                }))
                .isTrue();

        DeleteAdapterRequest.Builder deletion =
                DeleteAdapterRequest.newBuilder().setName("seen").setBaseModel("tiny");
        for (DeleteAdapterRequest wrong : List.of(
                deletion.clone().setTenant("another").build(),
                deletion.clone().setBaseModel("other").build(),
                deletion.clone().setName("unseen").build())) {
            StatusRuntimeException refused =
                    catchThrowableOfType(StatusRuntimeException.class, () -> training.client.deleteAdapter(wrong));
            assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.NOT_FOUND);
        }
        training.client.deleteAdapter(deletion.setTenant("miller").build());
        assertThat(folder.resolve("models/adapters/seen")).doesNotExist();
        assertThat(told(Topics.ADAPTERS, record -> "seen".equals(record.key()) && record.value() == null))
                .isTrue();
    }

    private static boolean told(String topic, java.util.function.Predicate<ConsumerRecord<String, byte[]>> wanted)
            throws Exception {
        try (KafkaConsumer<String, byte[]> consumer = consumer(topic)) {
            boolean[] found = {false};
            Eventually.holds("something on " + topic, PATIENCE, () -> {
                consumer.poll(Duration.ofMillis(200)).forEach(record -> found[0] |= wanted.test(record));
                return found[0];
            });
            return found[0];
        }
    }

    private static KafkaConsumer<String, byte[]> consumer(String topic) {
        KafkaConsumer<String, byte[]> consumer = new KafkaConsumer<>(
                Map.of(
                        "bootstrap.servers",
                        broker.address(),
                        "group.id",
                        "test-" + java.util.UUID.randomUUID(),
                        "auto.offset.reset",
                        "earliest"),
                new StringDeserializer(),
                new ByteArrayDeserializer());
        consumer.subscribe(List.of(topic));
        return consumer;
    }

    private static long step(ConsumerRecord<String, byte[]> record) {
        return "job-kafka".equals(record.key()) ? progress(record).getEvent().getStep() : -1;
    }

    private static JobProgress progress(ConsumerRecord<String, byte[]> record) {
        try {
            return JobProgress.parseFrom(record.value());
        } catch (InvalidProtocolBufferException foreign) {
            throw new AssertionError(foreign);
        }
    }

    private static byte[] first(String topic, java.util.function.Predicate<ConsumerRecord<String, byte[]>> wanted)
            throws Exception {
        try (KafkaConsumer<String, byte[]> consumer = consumer(topic)) {
            List<byte[]> found = new ArrayList<>();
            Eventually.holds("something on " + topic, PATIENCE, () -> {
                consumer.poll(Duration.ofMillis(200)).forEach(record -> {
                    if (wanted.test(record)) {
                        found.add(record.value());
                    }
                });
                return !found.isEmpty();
            });
            return found.getFirst();
        }
    }

    @Test
    void a_worker_that_is_killed_and_a_job_that_is_paused_end_in_the_weights_of_one_that_was_left_alone()
            throws Exception {
        create("job-whole", spec("whole", LONG).build());
        create("job-killed", spec("killed", LONG).build());
        awaitStep("job-killed", 25);
        kill("job-killed");
        await("job-whole", "succeeded");

        create("job-paused", spec("paused", LONG).build());
        awaitStep("job-paused", 15);
        training.client.pause(id("job-paused"));
        TrainingJob paused = await("job-paused", "paused");
        assertThat(paused.getStep()).isBetween(15L, 3 * LONG - 1L);
        assertThat(training.client.checkpoints(id("job-paused")).getCheckpointsList())
                .anyMatch(checkpoint -> checkpoint.getStep() == paused.getStep());
        training.client.resume(id("job-paused"));

        await("job-killed", "succeeded");
        await("job-paused", "succeeded");
        assertThat(events("job-killed")).anyMatch(event -> event.getMessage().contains("worker died"));
        assertThat(weights("killed")).isEqualTo(weights("whole"));
        assertThat(weights("paused")).isEqualTo(weights("whole"));
    }

    @Test
    void all_weights_become_a_model_of_their_own_that_engines_are_not_told_of() throws Exception {
        JobSpec.Builder spec = spec("grown", 2).clearLora().setFullWeights(true);
        spec.setTenant("miller").setMixFile("chats.jsonl").setMixShare(0.25);
        spec.getHyperparametersBuilder().setL2Sp(0.1).setEwc(0.1);
        create("job-grown", spec.build());
        TrainingJob job = await("job-grown", "succeeded");
        assertThat(job.getFineTunedModel()).isEqualTo("grown");
        assertThat(job.getSpec().getFullWeights()).isTrue();
        // six of its own and two of six general ones, two to a step
        assertThat(job.getTotalSteps()).isEqualTo(8);
        assertThat(events("job-grown")).anyMatch(event -> event.getMetricsMap().containsKey("regularization"));
        assertThat(events("job-grown").getLast().getMessage()).contains("up --model grown");
        Path model = folder.resolve("models/grown");
        try (ModelFile grown = ModelFile.open(model);
                ModelFile base = ModelFile.open(WholeTraining.MODEL)) {
            String name = "model.layers.1.mlp.up_proj.weight";
            assertThat(grown.require(name).data().mismatch(base.require(name).data()))
                    .isNotEqualTo(-1);
            assertThat(grown.weights().tensors().keySet())
                    .isEqualTo(base.weights().tensors().keySet());
        }
        assertThat(database.ask("select count(*) from training.outbox where adapter_of = 'job-grown'"))
                .isEqualTo("0");
        assertThat(folder.resolve("models/adapters/grown")).doesNotExist();

        StatusRuntimeException again =
                catchThrowableOfType(StatusRuntimeException.class, () -> create("job-grown-2", spec.build()));
        assertThat(again.getStatus().getCode()).isEqualTo(Status.Code.ALREADY_EXISTS);
        assertDeleted("grown", "miller", model);
        assertThat(refusal(spec("x", 1).setFullWeights(true).build())).contains("full_weights is true");
        assertThat(refusal(spec("x", 1)
                        .clearLora()
                        .setFullWeights(true)
                        .setHyperparameters(Hyperparameters.newBuilder().setFrozen(Hyperparameters.Frozen.NF4))
                        .build()))
                .contains("nothing is frozen");
        JobSpec.Builder dropped = spec("x", 1);
        dropped.getLoraBuilder().setDora(true).setDropout(0.5);
        assertThat(refusal(dropped.build())).contains("dropout must be 0 with DoRA, was 0.5");
        JobSpec.Builder wide = spec("x", 1);
        wide.getLoraBuilder().setRank(257);
        assertThat(refusal(wide.build())).contains("rank must be 1 to 256, was 257");
        JobSpec.Builder elastic = spec("x", 1);
        elastic.getHyperparametersBuilder().setEwc(0.5);
        assertThat(refusal(elastic.build())).contains("ewc is 0.5").contains("mix_file");
        assertThat(refusal(spec("x", 1).setMixShare(0.3).build())).contains("mix_share is 0.3");
        assertThat(refusal(spec("x", 1).setSamples(21).build())).contains("0 to 20, was 21");
        assertThat(refusal(spec("x", 1)
                        .setSamples(2)
                        .setReward(Reward.getDefaultInstance())
                        .build()))
                .contains("samples is 2 with a reward model");
    }

    /** By the tenant whose job made it, once, and by nobody else. */
    private static void assertDeleted(String name, String tenant, Path model) {
        DeleteModelRequest own =
                DeleteModelRequest.newBuilder().setName(name).setTenant(tenant).build();
        for (DeleteModelRequest wrong : List.of(
                own.toBuilder().setTenant("another").build(),
                own.toBuilder().setName("chats").build())) {
            assertThat(deletion(wrong)).isEqualTo(Status.Code.NOT_FOUND);
        }
        assertThat(deletion(own.toBuilder().setName("../models").build())).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(model).exists();
        training.client.deleteModel(own);
        assertThat(model).doesNotExist();
        assertThat(deletion(own)).isEqualTo(Status.Code.NOT_FOUND);
    }

    private static Status.Code deletion(DeleteModelRequest request) {
        return catchThrowableOfType(StatusRuntimeException.class, () -> training.client.deleteModel(request))
                .getStatus()
                .getCode();
    }

    private static void kill(String job) throws IOException {
        long pid = Long.parseLong(Files.readString(folder.resolve("training/jobs/" + job + "/worker.pid")));
        // kill -9
        assertThat(ProcessHandle.of(pid).orElseThrow().destroyForcibly()).isTrue();
    }

    @Test
    void preferences_are_learnt_and_a_job_can_be_cancelled() throws Exception {
        create(
                "job-pairs",
                spec("pairs", 3)
                        .setTrainingFile("pairs.jsonl")
                        .setPreference(Preference.getDefaultInstance())
                        .build());
        await("job-pairs", "succeeded");
        List<TrainingEvent> steps = events("job-pairs").stream()
                .filter(event -> event.getStep() > 0)
                .toList();
        assertThat(steps.getFirst().getMetricsMap()).containsEntry("rewards/margins", 0.0);
        assertThat(steps.getFirst().getMetricsOrThrow("loss"))
                .isCloseTo(Math.log(2), org.assertj.core.api.Assertions.within(1e-6));
        assertThat(steps.getLast().getMetricsOrThrow("rewards/margins")).isPositive();

        create(
                "job-rewards",
                spec("rewards", 3)
                        .setTenant("judge")
                        .setTrainingFile("pairs.jsonl")
                        .setReward(Reward.getDefaultInstance())
                        .build());
        await("job-rewards", "succeeded");
        List<TrainingEvent> rewards = events("job-rewards");
        assertThat(rewards.getLast().getMessage())
                .contains("reward-models/rewards")
                .contains("don't serve it");
        List<TrainingEvent> judged =
                rewards.stream().filter(event -> event.getStep() > 0).toList();
        assertThat(judged.getLast().getMetricsMap()).containsKeys("accuracy", "mean_reward");
        assertThat(judged.getLast().getMetricsOrThrow("margin"))
                .isGreaterThan(judged.getFirst().getMetricsOrThrow("margin"));
        assertThat(Files.readString(folder.resolve("models/reward-models/rewards/adapter_config.json")))
                .contains("SEQ_CLS")
                .contains("score");
        try (SafetensorsFile file =
                SafetensorsFile.open(folder.resolve("models/reward-models/rewards/adapter_model.safetensors"))) {
            assertThat(file.tensor("base_model.model.score.weight").shape()).containsExactly(1L, 32L);
        }
        assertThat(folder.resolve("models/adapters/rewards")).doesNotExist();
        assertThat(database.ask("select count(*) from training.outbox where adapter_of = 'job-rewards'"))
                .isEqualTo("0");
        assertThat(get("job-rewards").getFineTunedModel()).isEqualTo("rewards");
        assertDeleted("rewards", "judge", folder.resolve("models/reward-models/rewards"));
        assertThat(refusal(spec("x", 1)
                        .clearLora()
                        .setFullWeights(true)
                        .setReward(Reward.getDefaultInstance())
                        .build()))
                .contains("full_weights is true");

        create("job-cancelled", spec("cancelled", 100_000).build());
        awaitStep("job-cancelled", 1);
        training.client.cancel(id("job-cancelled"));
        await("job-cancelled", "cancelled");
        assertThat(events("job-cancelled").getLast().getMessage()).contains("cancelled");
        StatusRuntimeException refused =
                catchThrowableOfType(StatusRuntimeException.class, () -> training.client.resume(id("job-cancelled")));
        assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.FAILED_PRECONDITION);
    }

    @Test
    void what_cannot_be_trained_is_refused_by_name() throws Exception {
        create("job-bad", spec("bad", 1).setTrainingFile("bad.jsonl").build());
        TrainingJob bad = await("job-bad", "failed");
        assertThat(bad.getErrorCode()).isEqualTo("invalid_training_file");
        assertThat(bad.getErrorMessage()).contains("line 2 is no JSON").contains("line 3 ");

        create("job-out", spec("out", 1).setTrainingFile("../../../etc/passwd").build());
        assertThat(await("job-out", "failed").getErrorCode()).isEqualTo("file_not_found");

        JobSpec.Builder wild = spec("wild", 4);
        wild.getHyperparametersBuilder().setLearningRate(1e30);
        create("job-wild", wild.build());
        TrainingJob diverged = await("job-wild", "failed");
        assertThat(diverged.getErrorCode()).isEqualTo("diverged");
        assertThat(diverged.getErrorMessage()).containsPattern("in step [0-9]+");

        assertThat(refusal(spec("x", 1).setModel("nothing").build()))
                .contains("nothing")
                .contains("tiny");
        assertThat(refusal(spec("../x", 1).build())).contains("../x");
        JobSpec.Builder huge = spec("x", 1);
        huge.getLoraBuilder().setRank(100_000);
        assertThat(refusal(huge.build())).contains("100000");
        StatusRuntimeException unknown = catchThrowableOfType(StatusRuntimeException.class, () -> get("job-nowhere"));
        assertThat(unknown.getStatus().getCode()).isEqualTo(Status.Code.NOT_FOUND);
    }

    private static String refusal(JobSpec spec) {
        StatusRuntimeException refused = catchThrowableOfType(StatusRuntimeException.class, () -> create("", spec));
        assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        return String.valueOf(refused.getStatus().getDescription());
    }
}
