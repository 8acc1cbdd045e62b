package dev.millrace.training;

import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.springframework.boot.context.properties.ConfigurationProperties;

/**
 * The service's settings, under {@code millrace.training}.
 *
 * @param models name=path,name=path: a {@code .gguf} file or a Hugging Face folder each
 * @param store the model store's folder, where adapters go
 * @param files where training files lie
 * @param work where jobs have their folders
 * @param slots jobs at a time
 * @param threads of a worker; 0 for one a core
 * @param lease how long a job is another service's after it was last heard of
 * @param patience how long a worker may say nothing
 * @param workerHeap of a worker's JVM; weights lie outside of it
 */
@ConfigurationProperties("millrace.training")
record TrainingProperties(
        String models,
        Path store,
        Path files,
        Path work,
        int slots,
        int threads,
        Duration lease,
        Duration patience,
        String workerHeap) {
    Map<String, Path> modelPaths() {
        Map<String, Path> paths = new LinkedHashMap<>();
        for (String entry : models.split(",", -1)) {
            if (entry.isBlank()) {
                continue;
            }
            int equals = entry.indexOf('=');
            if (equals < 1 || equals == entry.length() - 1) {
                throw new IllegalArgumentException("models must be name=path,name=path, had \"" + entry + "\"");
            }
            paths.put(
                    entry.substring(0, equals).strip(),
                    Path.of(entry.substring(equals + 1).strip()));
        }
        return paths;
    }
}
