package dev.millrace.standalone.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.JsonValue;
import com.openai.errors.NotFoundException;
import com.openai.models.files.FileCreateParams;
import com.openai.models.files.FileObject;
import com.openai.models.files.FilePurpose;
import com.openai.models.finetuning.jobs.FineTuningJob;
import com.openai.models.finetuning.jobs.FineTuningJobEvent;
import com.openai.models.finetuning.jobs.JobCreateParams;
import dev.millrace.standalone.TestPlatform;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files and fine-tuning by OpenAI's client for Java, from a file to an adapter: real services, a real model, two steps. */
class FineTuningTest {
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    @TempDir
    Path folder;

    private final TestPlatform platform = TestPlatform.running();

    private OpenAIClient client() {
        return OpenAIOkHttpClient.builder()
                .baseUrl(platform.openaiUrl())
                .apiKey(platform.key())
                // the service starts after the platform answers: the client is told to come again until it has
                .maxRetries(10)
                .build();
    }

    private FileObject send(OpenAIClient client, String lines) throws Exception {
        Path file = Files.writeString(folder.resolve("examples.jsonl"), lines);
        return client.files()
                .create(FileCreateParams.builder()
                        .file(file)
                        .purpose(FilePurpose.FINE_TUNE)
                        .build());
    }

    private FineTuningJob train(OpenAIClient client, String file, String name) throws Exception {
        String id = client.fineTuning()
                .jobs()
                .create(JobCreateParams.builder()
                        .model(platform.model())
                        .trainingFile(file)
                        .suffix(name)
                        .putAdditionalBodyProperty(
                                "millrace",
                                JsonValue.from(Map.of("max_steps", 2, "max_tokens", 64, "lora", Map.of("rank", 2))))
                        .build())
                .id();
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        FineTuningJob job = client.fineTuning().jobs().retrieve(id);
        while (job.finishedAt().isEmpty()) {
            assertThat(System.nanoTime()).as("the job has ended, was " + job).isLessThan(deadline);
            TimeUnit.MILLISECONDS.sleep(200);
            job = client.fineTuning().jobs().retrieve(id);
        }
        return job;
    }

    @Test
    void openai_java_sends_a_file_trains_on_it_and_deletes_what_came_of_it() throws Exception {
        OpenAIClient client = client();
        String lines = IntStream.range(0, 4)
                .mapToObj(number -> "{\"messages\":[{\"role\":\"user\",\"content\":\"Who runs mill " + number
                        + "?\"},{\"role\":\"assistant\",\"content\":\"Ada.\"}]}")
                .collect(Collectors.joining("\n"));
        FileObject file = send(client, lines);
        assertThat(file.bytes()).isEqualTo(lines.length());

        FineTuningJob job = train(client, file.id(), "ada");
        assertThat(job.error()).isEmpty();
        assertThat(job.fineTunedModel()).hasValue(platform.model() + ":ada");
        assertThat(job.trainedTokens().orElseThrow()).isPositive();
        List<FineTuningJobEvent> events =
                client.fineTuning().jobs().listEvents(job.id()).data();
        assertThat(events.stream().filter(event -> event.message().startsWith("Step ")))
                .hasSize(2);
        assertThat(client.fineTuning().jobs().checkpoints().list(job.id()).data())
                .singleElement()
                .satisfies(checkpoint -> {
                    assertThat(checkpoint.stepNumber()).isEqualTo(2);
                    assertThat(checkpoint.metrics().trainLoss().orElseThrow()).isPositive();
                });
        Path adapter = platform.home().models().resolve("adapters/ada");
        assertThat(adapter.resolve("adapter_model.safetensors")).exists();

        assertThat(client.models().delete(platform.model() + ":ada").deleted()).isTrue();
        assertThat(adapter).doesNotExist();
        client.files().delete(file.id());
        assertThatThrownBy(() -> client.files().retrieve(file.id())).isInstanceOf(NotFoundException.class);
    }

    @Test
    void bad_lines_are_named_in_the_job_s_error() throws Exception {
        OpenAIClient client = client();
        FineTuningJob job =
                train(client, send(client, "{\"text\":\"fine\"}\nno json\n{}\n").id(), "never");
        assertThat(job.status()).isEqualTo(FineTuningJob.Status.FAILED);
        FineTuningJob.Error error = job.error().orElseThrow();
        assertThat(error.code()).isEqualTo("invalid_training_file");
        assertThat(error.param()).hasValue("training_file");
        assertThat(error.message()).contains("line 2 is no JSON").contains("line 3 has the keys");
    }
}
