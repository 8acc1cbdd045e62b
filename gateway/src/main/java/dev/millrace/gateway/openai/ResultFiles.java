package dev.millrace.gateway.openai;

import dev.millrace.contracts.v1.EventsRequest;
import dev.millrace.contracts.v1.TrainingEvent;
import dev.millrace.contracts.v1.TrainingJob;
import dev.millrace.gateway.backend.TrainingClient;
import dev.millrace.gateway.files.StoredFile;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/**
 * The metrics of a job's steps as a table, OpenAI's {@code result_files}. It is made of the job's events whenever it is asked
 * for, and is there as long as the job is.
 */
@Component
final class ResultFiles {
    private static final String PREFIX = "file-results-";
    private static final String PURPOSE = "fine-tune-results";

    private final TrainingClient training;

    ResultFiles(TrainingClient training) {
        this.training = training;
    }

    /** A file and what is in it. */
    @SuppressWarnings("ArrayRecordComponent") // on its way to a client
    record Table(StoredFile file, byte[] bytes) {}

    /** Of a job that has ended and made a step. */
    static List<String> of(TrainingJob job) {
        return job.getFinishedAtMillis() > 0 && job.getStep() > 0 ? List.of(PREFIX + job.getId()) : List.of();
    }

    static boolean isOne(String id) {
        return id.startsWith(PREFIX);
    }

    /** Empty where there is no such job, it is another tenant's, or it has no results yet. */
    Mono<Table> find(String tenant, String id) {
        return training.job(id.substring(PREFIX.length()))
                .filter(job -> job.getSpec().getTenant().equals(tenant) && !of(job).isEmpty())
                .flatMap(job -> training.follow(
                                EventsRequest.newBuilder().setId(job.getId()).build())
                        .filter(FineTuningEvent::isStep)
                        .collectList()
                        .map(events -> table(tenant, id, job, events)));
    }

    private static Table table(String tenant, String id, TrainingJob job, List<TrainingEvent> events) {
        byte[] bytes = csv(events.stream().map(FineTuningEvent::data).toList()).getBytes(StandardCharsets.UTF_8);
        StoredFile file = new StoredFile(
                id,
                tenant,
                "step_metrics.csv",
                PURPOSE,
                bytes.length,
                Instant.ofEpochMilli(job.getFinishedAtMillis()),
                Optional.empty());
        return new Table(file, bytes);
    }

    /** @param rows of names and numbers; a number that a step lacks leaves its cell empty */
    private static String csv(List<Map<String, Object>> rows) {
        Set<String> names = new LinkedHashSet<>();
        rows.forEach(row -> names.addAll(row.keySet()));
        StringBuilder table = new StringBuilder(String.join(",", names)).append('\n');
        for (Map<String, Object> row : rows) {
            table.append(names.stream()
                            .map(name -> String.valueOf(row.getOrDefault(name, "")))
                            .collect(Collectors.joining(",")))
                    .append('\n');
        }
        return table.toString();
    }
}
