package dev.millrace.gateway.openai;

import dev.millrace.contracts.v1.Checkpoint;
import dev.millrace.contracts.v1.CreateJobRequest;
import dev.millrace.contracts.v1.EventsRequest;
import dev.millrace.contracts.v1.JobSpec;
import dev.millrace.contracts.v1.ListEventsRequest;
import dev.millrace.contracts.v1.ListJobsRequest;
import dev.millrace.contracts.v1.TrainingJob;
import dev.millrace.gateway.backend.TrainingClient;
import dev.millrace.gateway.files.FileStore;
import dev.millrace.gateway.files.StoredFile;
import dev.millrace.gateway.keys.Caller;
import dev.millrace.gateway.keys.Scope;
import dev.millrace.gateway.request.Refusal;
import dev.millrace.gateway.request.Refusal.Kind;
import dev.millrace.gateway.request.RequestContext;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.springframework.util.MultiValueMap;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** {@code /v1/fine_tuning/jobs}: what the training service does, in OpenAI's shapes, each tenant's jobs for itself. */
@RestController
final class FineTuningController {
    private static final int PAGE = 20;
    private static final int MOST_LISTED = 100;
    private static final String PURPOSE = "fine-tune";
    private static final String METADATA = "metadata[";
    /** By what files' names end in. */
    private static final Map<String, String> FORMATS = Map.of(
            "jsonl", "jsonl", "ndjson", "jsonl", "json", "jsonl", "csv", "csv", "tsv", "tsv", "parquet", "parquet",
            "txt", "text");

    private final TrainingClient training;
    private final FileStore files;
    private final Bodies bodies;
    private final Json json;

    record Page<T>(String object, List<T> data, boolean hasMore) {}

    record CheckpointPage(
            String object,
            List<CheckpointObject> data,
            boolean hasMore,
            Optional<String> firstId,
            Optional<String> lastId) {}

    record CheckpointObject(
            String object,
            String id,
            long createdAt,
            String fineTunedModelCheckpoint,
            Map<String, Double> metrics,
            String fineTuningJobId,
            long stepNumber) {}

    FineTuningController(TrainingClient training, FileStore files, Bodies bodies, Json json) {
        this.training = training;
        this.files = files;
        this.bodies = bodies;
        this.json = json;
    }

    @PostMapping("/v1/fine_tuning/jobs")
    Mono<Void> create(ServerWebExchange exchange) {
        Caller caller = caller(exchange);
        return json.write(
                exchange,
                bodies.read(exchange)
                        .map(body -> FineTuningRequest.read(Fields.of(body.fields())))
                        .flatMap(request -> checked(caller, request))
                        .flatMap(request -> training.create(CreateJobRequest.newBuilder()
                                .setId("ftjob-" + UUID.randomUUID().toString().replace("-", ""))
                                .setSpec(request.spec().toBuilder().setTenant(caller.tenant()))
                                .build()))
                        .map(FineTuningJob::of));
    }

    private Mono<FineTuningRequest> checked(Caller caller, FineTuningRequest request) {
        String model = request.spec().getModel();
        if (!caller.mayUse(model)) {
            return Mono.error(Refusal.unknownModel(model).exception());
        }
        return Database.ask(() -> {
            JobSpec.Builder spec = request.spec().toBuilder();
            spec.setTrainingFormat(format(caller, "training_file", request.trainingFile()));
            if (request.validationFile().isPresent()) {
                spec.setValidationFormat(format(
                        caller, "validation_file", request.validationFile().get()));
            }
            if (request.mixFile().isPresent()) {
                spec.setMixFormat(
                        format(caller, "millrace.mix_file", request.mixFile().get()));
            }
            return new FineTuningRequest(spec.build());
        });
    }

    /** As the file's name tells it; empty where it doesn't. */
    private String format(Caller caller, String field, String id) throws SQLException {
        StoredFile file = files.find(caller.tenant(), id)
                .orElseThrow(() -> Refusal.of(
                                Kind.INVALID,
                                "file_not_found",
                                field + ": there is no file '" + Fields.shorten(id)
                                        + "': send it by POST /v1/files with the purpose " + PURPOSE)
                        .at(field)
                        .exception());
        if (!file.purpose().equals(PURPOSE)) {
            throw Refusal.invalid(
                            field,
                            field + ": the file '" + id + "' was sent with the purpose " + file.purpose()
                                    + ", expected " + PURPOSE)
                    .exception();
        }
        String name = file.filename().toLowerCase(Locale.ROOT);
        return FORMATS.getOrDefault(name.substring(name.lastIndexOf('.') + 1), "");
    }

    @GetMapping("/v1/fine_tuning/jobs")
    Mono<Void> list(ServerWebExchange exchange) {
        MultiValueMap<String, String> query = exchange.getRequest().getQueryParams();
        ListJobsRequest.Builder request = ListJobsRequest.newBuilder()
                .setTenant(caller(exchange).tenant())
                .setLimit(limit(query))
                .setAfter(Optional.ofNullable(query.getFirst("after")).orElse(""));
        query.forEach((name, values) -> {
            if (name.startsWith(METADATA) && name.endsWith("]")) {
                request.putMetadata(
                        name.substring(METADATA.length(), name.length() - 1),
                        Optional.ofNullable(values.getFirst()).orElse(""));
            }
        });
        return json.write(
                exchange,
                training.list(request.build())
                        .map(jobs -> new Page<>(
                                "list",
                                jobs.getJobsList().stream()
                                        .map(FineTuningJob::of)
                                        .toList(),
                                jobs.getHasMore())));
    }

    @GetMapping("/v1/fine_tuning/jobs/{id}")
    Mono<Void> show(ServerWebExchange exchange, @PathVariable String id) {
        return json.write(exchange, own(exchange, id).map(FineTuningJob::of));
    }

    @PostMapping("/v1/fine_tuning/jobs/{id}/cancel")
    Mono<Void> cancel(ServerWebExchange exchange, @PathVariable String id) {
        return wish(exchange, id, training::cancel);
    }

    @PostMapping("/v1/fine_tuning/jobs/{id}/pause")
    Mono<Void> pause(ServerWebExchange exchange, @PathVariable String id) {
        return wish(exchange, id, training::pause);
    }

    @PostMapping("/v1/fine_tuning/jobs/{id}/resume")
    Mono<Void> resume(ServerWebExchange exchange, @PathVariable String id) {
        return wish(exchange, id, training::resume);
    }

    private Mono<Void> wish(ServerWebExchange exchange, String id, Function<String, Mono<TrainingJob>> wish) {
        return json.write(
                exchange, own(exchange, id).flatMap(_ -> wish.apply(id)).map(FineTuningJob::of));
    }

    /** The newest first; with {@code stream=true} all of them, the oldest first, and those to come as they happen. */
    @GetMapping("/v1/fine_tuning/jobs/{id}/events")
    Mono<Void> events(ServerWebExchange exchange, @PathVariable String id) {
        MultiValueMap<String, String> query = exchange.getRequest().getQueryParams();
        boolean streamed = Queries.choice(query, "stream", List.of("true", "false"), "false")
                .equals("true");
        long after = Optional.ofNullable(query.getFirst("after"))
                .filter(text -> !text.isEmpty())
                .map(FineTuningEvent::number)
                .orElse(0L);
        int limit = limit(query);
        return own(exchange, id)
                .flatMap(_ -> streamed ? follow(exchange, id, after) : page(exchange, id, after, limit));
    }

    private Mono<Void> follow(ServerWebExchange exchange, String id, long after) {
        EventsRequest request =
                EventsRequest.newBuilder().setId(id).setAfter(after).build();
        return json.stream(exchange, training.follow(request).map(event -> List.of(FineTuningEvent.of(event))));
    }

    private Mono<Void> page(ServerWebExchange exchange, String id, long after, int limit) {
        ListEventsRequest request = ListEventsRequest.newBuilder()
                .setId(id)
                .setAfter(after)
                .setLimit(limit)
                .build();
        return json.write(
                exchange,
                training.events(request)
                        .map(events -> new Page<>(
                                "list",
                                events.getEventsList().stream()
                                        .map(FineTuningEvent::of)
                                        .toList(),
                                events.getHasMore())));
    }

    /** The newest first. */
    @GetMapping("/v1/fine_tuning/jobs/{id}/checkpoints")
    Mono<Void> checkpoints(ServerWebExchange exchange, @PathVariable String id) {
        return json.write(
                exchange,
                own(exchange, id)
                        .flatMap(job -> training.checkpoints(id)
                                .map(found -> found.getCheckpointsList().reversed().stream()
                                        .map(checkpoint -> checkpoint(job, checkpoint))
                                        .toList()))
                        .map(data -> new CheckpointPage(
                                "list",
                                data,
                                false,
                                data.stream().map(CheckpointObject::id).findFirst(),
                                data.isEmpty()
                                        ? Optional.empty()
                                        : Optional.of(data.getLast().id()))));
    }

    private static CheckpointObject checkpoint(TrainingJob job, Checkpoint checkpoint) {
        Map<String, Double> metrics = FineTuningEvent.Checkpoints.metrics(checkpoint.getMetricsMap());
        metrics.put("step", (double) checkpoint.getStep());
        return new CheckpointObject(
                "fine_tuning.job.checkpoint",
                "ftckpt-" + job.getId() + "-" + checkpoint.getStep(),
                checkpoint.getCreatedAtMillis() / 1_000,
                job.getSpec().getModel() + ":" + job.getSpec().getAdapter() + ":ckpt-step-" + checkpoint.getStep(),
                metrics,
                job.getId(),
                checkpoint.getStep());
    }

    /** A job of the caller's; whether one is another's or nobody's, the answer is the same. */
    private Mono<TrainingJob> own(ServerWebExchange exchange, String id) {
        Caller caller = caller(exchange);
        return training.job(id)
                .filter(job -> job.getSpec().getTenant().equals(caller.tenant()))
                .switchIfEmpty(Mono.error(() -> Refusal.of(
                                Kind.NOT_FOUND, "job_not_found", "there is no job \"" + Fields.shorten(id) + "\"")
                        .exception()));
    }

    private static int limit(MultiValueMap<String, String> query) {
        return Queries.integer(query, "limit", 1, MOST_LISTED).orElse(PAGE);
    }

    private static Caller caller(ServerWebExchange exchange) {
        RequestContext context = Authentications.context(exchange);
        context.require(Scope.INFERENCE);
        return context.caller();
    }
}
