package dev.millrace.training.grpc;

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
import dev.millrace.contracts.v1.ListEventsRequest;
import dev.millrace.contracts.v1.ListEventsResponse;
import dev.millrace.contracts.v1.ListJobsRequest;
import dev.millrace.contracts.v1.ListJobsResponse;
import dev.millrace.contracts.v1.TrainingEvent;
import dev.millrace.contracts.v1.TrainingGrpc;
import dev.millrace.contracts.v1.TrainingJob;
import dev.millrace.training.jobs.Job;
import dev.millrace.training.jobs.JobEvent;
import dev.millrace.training.jobs.JobTable.WrongStateException;
import dev.millrace.training.jobs.Jobs;
import dev.millrace.training.jobs.Wish;
import dev.millrace.training.wire.Messages;
import dev.millrace.training.wire.Specs;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** The gRPC service {@code Training}. */
public final class TrainingService extends TrainingGrpc.TrainingImplBase implements AutoCloseable {
    private static final int PAGE = 20;
    private static final int LARGEST_PAGE = 100;
    private static final int EVENTS = 200;
    private static final long GLANCE_MILLIS = 300;

    private final Jobs jobs;
    private final InstantSource clock;
    private final ExecutorService followers = Executors.newVirtualThreadPerTaskExecutor();

    public TrainingService(Jobs jobs, InstantSource clock) {
        this.jobs = jobs;
        this.clock = clock;
    }

    private interface Work<T> {
        T result() throws SQLException, IOException;
    }

    private static <T> void answer(StreamObserver<T> observer, Work<T> work) {
        try {
            observer.onNext(work.result());
            observer.onCompleted();
        } catch (StatusRuntimeException told) {
            observer.onError(told);
        } catch (IllegalArgumentException invalid) {
            observer.onError(error(Status.Code.INVALID_ARGUMENT, "invalid_value", invalid.getMessage()));
        } catch (WrongStateException wrong) {
            observer.onError(error(Status.Code.FAILED_PRECONDITION, "wrong_state", wrong.getMessage()));
        } catch (SQLException | IOException away) {
            observer.onError(error(Status.Code.UNAVAILABLE, "unavailable", away.getMessage()));
        }
    }

    private static StatusRuntimeException error(
            Status.Code code, String reason, @org.jspecify.annotations.Nullable String message) {
        return error(code, reason, message, Map.of());
    }

    /** @param more such as the field at fault, {@code param} */
    @SuppressWarnings("NullAway") // an exception without words is one all the same
    private static StatusRuntimeException error(
            Status.Code code,
            String reason,
            @org.jspecify.annotations.Nullable String message,
            Map<String, String> more) {
        return StatusProto.toStatusRuntimeException(com.google.rpc.Status.newBuilder()
                .setCode(code.value())
                .setMessage(String.valueOf(message))
                .addDetails(Any.pack(ErrorInfo.newBuilder()
                        .setReason(reason)
                        .putAllMetadata(more)
                        .setDomain("millrace")
                        .build()))
                .build());
    }

    @Override
    public void create(CreateJobRequest request, StreamObserver<TrainingJob> observer) {
        answer(observer, () -> {
            String id = request.getId().isEmpty() ? "ftjob-" + UUID.randomUUID() : request.getId();
            return switch (jobs.create(id, Specs.read(request.getSpec(), id))) {
                case Jobs.Creation.Made(Job job) -> Messages.job(job, clock.instant());
                case Jobs.Creation.Refused(String code, String reason) ->
                    throw error(
                            "adapter_exists".equals(code) ? Status.Code.ALREADY_EXISTS : Status.Code.INVALID_ARGUMENT,
                            code,
                            reason,
                            Map.of("param", "adapter_exists".equals(code) ? "suffix" : "model"));
            };
        });
    }

    private Job find(String id) throws SQLException {
        return jobs.table().find(id).orElseThrow(() -> notFound(id));
    }

    private static StatusRuntimeException notFound(String id) {
        return error(Status.Code.NOT_FOUND, "job_not_found", "there is no job \"" + id + "\"");
    }

    @Override
    public void get(JobId request, StreamObserver<TrainingJob> observer) {
        answer(observer, () -> Messages.job(find(request.getId()), clock.instant()));
    }

    @Override
    public void list(ListJobsRequest request, StreamObserver<ListJobsResponse> observer) {
        answer(observer, () -> {
            int limit = limit(request.getLimit());
            List<Job> found =
                    jobs.table().list(request.getTenant(), request.getAfter(), request.getMetadataMap(), limit + 1);
            ListJobsResponse.Builder response = ListJobsResponse.newBuilder().setHasMore(found.size() > limit);
            found.stream().limit(limit).forEach(job -> response.addJobs(Messages.job(job, clock.instant())));
            return response.build();
        });
    }

    private static int limit(int asked) {
        int limit = asked == 0 ? PAGE : asked;
        if (limit < 1 || limit > LARGEST_PAGE) {
            throw new IllegalArgumentException("limit must be 1 to " + LARGEST_PAGE + ", was " + limit);
        }
        return limit;
    }

    @Override
    public void listEvents(ListEventsRequest request, StreamObserver<ListEventsResponse> observer) {
        answer(observer, () -> {
            int limit = limit(request.getLimit());
            find(request.getId());
            List<JobEvent> found = jobs.table().eventsBefore(request.getId(), request.getAfter(), limit + 1);
            ListEventsResponse.Builder response =
                    ListEventsResponse.newBuilder().setHasMore(found.size() > limit);
            found.stream().limit(limit).forEach(event -> response.addEvents(Messages.event(event)));
            return response.build();
        });
    }

    @Override
    public void deleteAdapter(DeleteAdapterRequest request, StreamObserver<DeleteAdapterResponse> observer) {
        answer(observer, () -> {
            String name = request.getName();
            if (!jobs.deleteAdapter(name, request.getBaseModel(), request.getTenant())) {
                throw error(
                        Status.Code.NOT_FOUND,
                        "adapter_not_found",
                        "there is no adapter \"" + name + "\" of the model \"" + request.getBaseModel() + "\"");
            }
            return DeleteAdapterResponse.newBuilder()
                    .setName(name)
                    .setBaseModel(request.getBaseModel())
                    .build();
        });
    }

    @Override
    public void deleteModel(DeleteModelRequest request, StreamObserver<DeleteModelResponse> observer) {
        answer(observer, () -> {
            String name = request.getName();
            if (!jobs.deleteModel(name, request.getTenant())) {
                throw error(
                        Status.Code.NOT_FOUND, "model_not_found", "there is no model \"" + name + "\" that a job made");
            }
            return DeleteModelResponse.newBuilder().setName(name).build();
        });
    }

    @Override
    public void cancel(JobId request, StreamObserver<TrainingJob> observer) {
        wish(request, Wish.CANCEL, observer);
    }

    @Override
    public void pause(JobId request, StreamObserver<TrainingJob> observer) {
        wish(request, Wish.PAUSE, observer);
    }

    @Override
    public void resume(JobId request, StreamObserver<TrainingJob> observer) {
        wish(request, Wish.RESUME, observer);
    }

    private void wish(JobId request, Wish wish, StreamObserver<TrainingJob> observer) {
        answer(
                observer,
                () -> Messages.job(
                        jobs.table().wish(request.getId(), wish).orElseThrow(() -> notFound(request.getId())),
                        clock.instant()));
    }

    @Override
    public void checkpoints(JobId request, StreamObserver<CheckpointsResponse> observer) {
        answer(observer, () -> {
            CheckpointsResponse.Builder response = CheckpointsResponse.newBuilder();
            for (Path path : jobs.checkpoints(find(request.getId()))) {
                String name = path.getFileName().toString();
                long step = Long.parseLong(name.substring(name.indexOf('-') + 1));
                response.addCheckpoints(Checkpoint.newBuilder()
                        .setStep(step)
                        .putAllMetrics(jobs.table().metrics(request.getId(), step))
                        .setCreatedAtMillis(Files.getLastModifiedTime(path).toMillis())
                        .setPath(path.toString()));
            }
            return response.build();
        });
    }

    @Override
    public void events(EventsRequest request, StreamObserver<TrainingEvent> observer) {
        followers.execute(() -> {
            try {
                follow(request, (ServerCallStreamObserver<TrainingEvent>) observer);
                observer.onCompleted();
            } catch (StatusRuntimeException told) {
                observer.onError(told);
            } catch (SQLException away) {
                observer.onError(error(Status.Code.UNAVAILABLE, "unavailable", away.getMessage()));
            } catch (InterruptedException closing) {
                observer.onError(error(Status.Code.UNAVAILABLE, "unavailable", "the service is stopping"));
            }
        });
    }

    private void follow(EventsRequest request, ServerCallStreamObserver<TrainingEvent> observer)
            throws SQLException, InterruptedException {
        long after = request.getAfter();
        while (!observer.isCancelled()) {
            boolean ended = find(request.getId()).status().ended();
            List<JobEvent> events = jobs.table().events(request.getId(), after, EVENTS);
            for (JobEvent event : events) {
                observer.onNext(Messages.event(event));
                after = event.number();
            }
            if (ended && events.isEmpty()) {
                return;
            }
            while (!observer.isReady() && !observer.isCancelled()) {
                Thread.sleep(GLANCE_MILLIS); // a slow reader holds up nobody but itself
            }
            if (events.isEmpty()) {
                Thread.sleep(GLANCE_MILLIS);
            }
        }
    }

    @Override
    public void close() {
        followers.shutdownNow();
    }
}
