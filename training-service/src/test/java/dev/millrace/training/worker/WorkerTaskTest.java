package dev.millrace.training.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.training.method.MethodChoice;
import dev.millrace.training.model.Frozen;
import dev.millrace.training.model.LoraSettings;
import dev.millrace.training.train.Schedule;
import dev.millrace.training.train.TrainingSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WorkerTaskTest {
    @TempDir
    Path folder;

    private static WorkerTask task(Frozen frozen) {
        TrainingSettings settings = new TrainingSettings(
                3,
                OptionalLong.of(9),
                4,
                1,
                2e-4,
                Schedule.Shape.COSINE,
                1,
                0,
                1,
                42,
                true,
                50,
                TrainingSettings.Options.USUAL,
                frozen);
        return new WorkerTask(
                "model.gguf",
                "model",
                2,
                MethodChoice.supervised(),
                Optional.of(LoraSettings.ofRank(16)),
                settings,
                OptionalLong.empty(),
                0.25);
    }

    @Test
    void a_task_is_read_as_it_was_written() throws IOException {
        task(Frozen.NF4).write(folder);
        assertThat(WorkerTask.read(folder)).isEqualTo(task(Frozen.NF4));
    }

    @Test
    void a_task_of_before_weights_had_forms_is_of_float32() throws IOException {
        task(Frozen.NF4).write(folder);
        Path file = folder.resolve("task.json");
        Files.writeString(file, Files.readString(file).replace(",\"frozen\":\"NF4\"", ""));
        assertThat(WorkerTask.read(folder)).isEqualTo(task(Frozen.FLOAT32));
    }
}
