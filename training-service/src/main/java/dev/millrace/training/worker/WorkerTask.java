package dev.millrace.training.worker;

import dev.millrace.training.examples.Prompts;
import dev.millrace.training.method.MethodChoice;
import dev.millrace.training.model.LoraSettings;
import dev.millrace.training.train.TrainingSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a worker is to do, as it lies in its folder beside the examples.
 *
 * @param model file or folder to train
 * @param baseModel its name, for the adapter's configuration
 * @param threads of one operation
 * @param lora the adapter that is trained; empty where all weights are
 * @param evaluateEvery steps between two looks at held-out examples, if there are any; empty for once an epoch
 * @param mixShare of general examples among all, if there are any
 */
public record WorkerTask(
        String model,
        String baseModel,
        int threads,
        MethodChoice method,
        Optional<LoraSettings> lora,
        TrainingSettings training,
        OptionalLong evaluateEvery,
        double mixShare) {
    private static final String FILE = "task.json";
    private static final String EXAMPLES = "examples";
    private static final String HELD_OUT = "held-out";
    private static final String GENERAL = "general";
    private static final String PROMPTS = "prompts.json";
    private static final String CHECKPOINTS = "checkpoints";

    public static Path examples(Path folder) {
        return folder.resolve(EXAMPLES);
    }

    /** Examples that nothing is learnt from; there are none where there is no such file. */
    public static Path heldOut(Path folder) {
        return folder.resolve(HELD_OUT);
    }

    /** Examples that are mixed in; there are none where there is no such file. */
    public static Path general(Path folder) {
        return folder.resolve(GENERAL);
    }

    /** Keeps what the model is to be asked at each look. */
    public static void write(Path folder, Prompts prompts) throws IOException {
        Files.writeString(folder.resolve(PROMPTS), JsonMapper.shared().writeValueAsString(prompts));
    }

    /** What the model is to be asked, if it is to be asked. */
    public static Optional<Prompts> prompts(Path folder) {
        Path file = folder.resolve(PROMPTS);
        return Files.exists(file)
                ? Optional.of(JsonMapper.shared().readValue(file.toFile(), Prompts.class))
                : Optional.empty();
    }

    public static Path checkpoints(Path folder) {
        return folder.resolve(CHECKPOINTS);
    }

    public void write(Path folder) throws IOException {
        Files.writeString(folder.resolve(FILE), JsonMapper.shared().writeValueAsString(this));
    }

    static WorkerTask read(Path folder) {
        return JsonMapper.shared().readValue(folder.resolve(FILE).toFile(), WorkerTask.class);
    }
}
