package dev.millrace.training.jobs;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How a service works on jobs.
 *
 * @param models by name: a {@code .gguf} file or a Hugging Face folder each
 * @param files where training files lie
 * @param work where jobs have their folders, on a disk that all services of this kind share
 * @param slots jobs in hand at a time
 * @param threads of a worker
 * @param lease how long a job is another's after it was last heard of
 * @param patience how long a worker may say nothing
 * @param command what starts a worker, but for its argument
 */
public record JobSettings(
        Map<String, Path> models,
        Path files,
        Path work,
        int slots,
        int threads,
        Duration lease,
        Duration patience,
        List<String> command) {
    public JobSettings {
        models = Map.copyOf(models);
        command = List.copyOf(command);
        if (slots < 1 || threads < 1) {
            throw new IllegalArgumentException(
                    "slots and threads must be 1 or more, were " + slots + " and " + threads);
        }
    }

    /** Why there is nothing to train under that name; empty where there is. */
    Optional<String> missing(String model) {
        Path path = models.get(model);
        if (path == null) {
            return Optional.of("there is no model \"" + model + "\", those that can be trained are " + models.keySet());
        }
        return Files.exists(path)
                ? Optional.empty()
                : Optional.of("the model \"" + model + "\" is gone: there is no " + path + " any more");
    }

    /** A job's own folder. */
    public Path folder(String id) {
        return work.resolve(id);
    }
}
