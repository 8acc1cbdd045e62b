package dev.millrace.gateway;

import com.google.protobuf.Any;
import com.google.rpc.ErrorInfo;
import dev.millrace.contracts.v1.Checkpoint;
import dev.millrace.contracts.v1.CheckpointsResponse;
import dev.millrace.contracts.v1.CreateJobRequest;
import dev.millrace.contracts.v1.DeleteAdapterRequest;
import dev.millrace.contracts.v1.DeleteAdapterResponse;
import dev.millrace.contracts.v1.DeleteModelRequest;
import dev.millrace.contracts.v1.DeleteModelResponse;
import dev.millrace.contracts.v1.EventsRequest;
import dev.millrace.contracts.v1.JobId;
import dev.millrace.contracts.v1.JobSpec;
import dev.millrace.contracts.v1.ListEventsRequest;
import dev.millrace.contracts.v1.ListEventsResponse;
import dev.millrace.contracts.v1.ListJobsRequest;
import dev.millrace.contracts.v1.ListJobsResponse;
import dev.millrace.contracts.v1.TrainingEvent;
import dev.millrace.contracts.v1.TrainingGrpc;
import dev.millrace.contracts.v1.TrainingJob;
import dev.millrace.contracts.v1.TrainingSample;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.function.Supplier;

/** A training service that speaks the contract, knows the model {@code tiny}, and trains nothing. */
public final class FakeTraining extends TrainingGrpc.TrainingImplBase implements AutoCloseable {
    private final String name = "fake-training-" + UUID.randomUUID();
    private final Server server;
    private final Map<String, TrainingJob> jobs = new ConcurrentHashMap<>();
    private final ConcurrentLinkedDeque<String> newestFirst = new ConcurrentLinkedDeque<>();
    public final ConcurrentLinkedDeque<DeleteAdapterRequest> deleted = new ConcurrentLinkedDeque<>();
    public final ConcurrentLinkedDeque<DeleteModelRequest> deletedModels = new ConcurrentLinkedDeque<>();

    public FakeTraining() {
        try {
            server = InProcessServerBuilder.forName(name)
                    .addService(this)
                    .build()
                    .start();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    public String address() {
        return "in-process:" + name;
    }

    public JobSpec spec(String id) {
        return Objects.requireNonNull(jobs.get(id)).getSpec();
    }

    private static <T> void answer(StreamObserver<T> observer, Supplier<T> work) {
        try {
            observer.onNext(work.get());
            observer.onCompleted();
        } catch (StatusRuntimeException failure) {
            observer.onError(failure);
        }
    }

    private static StatusRuntimeException error(Status.Code code, String reason, String message, String param) {
        ErrorInfo.Builder info = ErrorInfo.newBuilder().setReason(reason).setDomain("millrace");
        if (!param.isEmpty()) {
            info.putMetadata("param", param);
        }
        return StatusProto.toStatusRuntimeException(com.google.rpc.Status.newBuilder()
                .setCode(code.value())
                .setMessage(message)
                .addDetails(Any.pack(info.build()))
                .build());
    }

    @Override
    public void create(CreateJobRequest request, StreamObserver<TrainingJob> observer) {
        answer(observer, () -> {
            if (!request.getSpec().getModel().equals("tiny")) {
                throw error(Status.Code.INVALID_ARGUMENT, "model_not_found", "there is no model", "model");
            }
            if (request.getSpec().getAdapter().equals("taken")) {
                throw error(Status.Code.ALREADY_EXISTS, "adapter_exists", "there is an adapter \"taken\"", "suffix");
            }
            TrainingJob job = TrainingJob.newBuilder()
                    .setId(request.getId())
                    .setSpec(request.getSpec())
                    .setStatus("queued")
                    .setCreatedAtMillis(1_700_000_000_000L)
                    .build();
            jobs.put(job.getId(), job);
            newestFirst.addFirst(job.getId());
            return job;
        });
    }

    private TrainingJob find(String id) {
        TrainingJob job = jobs.get(id);
        if (job == null) {
            throw error(Status.Code.NOT_FOUND, "job_not_found", "there is no job \"" + id + "\"", "");
        }
        return job;
    }

    @Override
    public void get(JobId request, StreamObserver<TrainingJob> observer) {
        answer(observer, () -> find(request.getId()));
    }

    @Override
    public void list(ListJobsRequest request, StreamObserver<ListJobsResponse> observer) {
        answer(observer, () -> {
            List<TrainingJob> own = newestFirst.stream()
                    .map(jobs::get)
                    .filter(job -> job.getSpec().getTenant().equals(request.getTenant()))
                    .filter(job -> job.getSpec()
                            .getMetadataMap()
                            .entrySet()
                            .containsAll(request.getMetadataMap().entrySet()))
                    .toList();
            return ListJobsResponse.newBuilder()
                    .addAllJobs(own.stream().limit(request.getLimit()).toList())
                    .setHasMore(own.size() > request.getLimit())
                    .build();
        });
    }

    private TrainingJob become(String id, String status) {
        TrainingJob job = find(id);
        if (job.getStatus().equals("cancelled")) {
            throw error(Status.Code.FAILED_PRECONDITION, "wrong_state", "the job is cancelled", "");
        }
        TrainingJob.Builder changed = job.toBuilder().setStatus(status);
        if (status.equals("cancelled")) {
            changed.setFirstStepAtMillis(1_700_000_003_250L).setLastStepAtMillis(1_700_000_058_500L);
            changed.setFinishedAtMillis(1_700_000_060_000L).setTrainedTokens(77).setStep(1);
        }
        jobs.put(id, changed.build());
        return changed.build();
    }

    @Override
    public void cancel(JobId request, StreamObserver<TrainingJob> observer) {
        answer(observer, () -> become(request.getId(), "cancelled"));
    }

    @Override
    public void pause(JobId request, StreamObserver<TrainingJob> observer) {
        answer(observer, () -> become(request.getId(), "paused"));
    }

    @Override
    public void resume(JobId request, StreamObserver<TrainingJob> observer) {
        answer(observer, () -> become(request.getId(), "queued"));
    }

    private static List<TrainingEvent> events(String id) {
        return List.of(
                TrainingEvent.newBuilder()
                        .setNumber(11)
                        .setJobId(id)
                        .setAtMillis(1_700_000_001_000L)
                        .setType("message")
                        .setStatus("queued")
                        .setMessage("The job is queued")
                        .build(),
                TrainingEvent.newBuilder()
                        .setNumber(12)
                        .setJobId(id)
                        .setAtMillis(1_700_000_002_000L)
                        .setType("metrics")
                        .setStatus("running")
                        .setStep(1)
                        .putAllMetrics(Map.of(
                                "loss",
                                2.5,
                                "mean_token_accuracy",
                                0.5,
                                "total_steps",
                                4.0,
                                "eval_loss",
                                2.75,
                                "rewards/margins",
                                0.125))
                        .build(),
                TrainingEvent.newBuilder()
                        .setNumber(13)
                        .setJobId(id)
                        .setAtMillis(1_700_000_003_000L)
                        .setType("sample")
                        .setStatus("running")
                        .setMessage("After step 1, \"Who?\" is answered: Ida.")
                        .setStep(1)
                        .setSample(TrainingSample.newBuilder()
                                .setPrompt("Who?")
                                .setWanted("Ada.")
                                .setAnswer("Ida."))
                        .build());
    }

    @Override
    public void events(EventsRequest request, StreamObserver<TrainingEvent> observer) {
        events(request.getId()).stream()
                .filter(event -> event.getNumber() > request.getAfter())
                .forEach(observer::onNext);
        observer.onCompleted();
    }

    @Override
    public void listEvents(ListEventsRequest request, StreamObserver<ListEventsResponse> observer) {
        answer(observer, () -> {
            List<TrainingEvent> older = events(request.getId()).reversed().stream()
                    .filter(event -> request.getAfter() == 0 || event.getNumber() < request.getAfter())
                    .toList();
            return ListEventsResponse.newBuilder()
                    .addAllEvents(older.stream().limit(request.getLimit()).toList())
                    .setHasMore(older.size() > request.getLimit())
                    .build();
        });
    }

    @Override
    public void checkpoints(JobId request, StreamObserver<CheckpointsResponse> observer) {
        answer(
                observer,
                () -> CheckpointsResponse.newBuilder()
                        .addCheckpoints(Checkpoint.newBuilder().setStep(50).setCreatedAtMillis(1_700_000_003_000L))
                        .addCheckpoints(Checkpoint.newBuilder()
                                .setStep(100)
                                .setCreatedAtMillis(1_700_000_004_000L)
                                .putMetrics("loss", 1.5))
                        .build());
    }

    @Override
    public void deleteAdapter(DeleteAdapterRequest request, StreamObserver<DeleteAdapterResponse> observer) {
        answer(observer, () -> {
            if (!request.getName().equals("mine")) {
                throw error(Status.Code.NOT_FOUND, "adapter_not_found", "there is no adapter", "");
            }
            deleted.add(request);
            return DeleteAdapterResponse.newBuilder()
                    .setName(request.getName())
                    .setBaseModel("tiny")
                    .build();
        });
    }

    @Override
    public void deleteModel(DeleteModelRequest request, StreamObserver<DeleteModelResponse> observer) {
        answer(observer, () -> {
            if (!request.getName().equals("judge")) {
                throw error(Status.Code.NOT_FOUND, "model_not_found", "there is no model", "");
            }
            deletedModels.add(request);
            return DeleteModelResponse.newBuilder().setName(request.getName()).build();
        });
    }

    @Override
    public void close() {
        server.shutdownNow();
    }
}
