package dev.millrace.gateway.backend;

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
import io.grpc.Channel;
import io.grpc.MethodDescriptor;
import java.util.Map;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Fine-tuning jobs. While the service can't be reached every call is refused as {@code service_starting}. */
public final class TrainingClient {
    private static final Failures.Peer PEER = Failures.Peer.late("service of fine-tuning", Map.of());

    private final Channel channel;

    public TrainingClient(Channel channel) {
        this.channel = channel;
    }

    public Mono<TrainingJob> create(CreateJobRequest request) {
        return call(TrainingGrpc.getCreateMethod(), request);
    }

    public Mono<TrainingJob> job(String id) {
        return call(TrainingGrpc.getGetMethod(), id(id));
    }

    public Mono<ListJobsResponse> list(ListJobsRequest request) {
        return call(TrainingGrpc.getListMethod(), request);
    }

    public Mono<TrainingJob> cancel(String id) {
        return call(TrainingGrpc.getCancelMethod(), id(id));
    }

    public Mono<TrainingJob> pause(String id) {
        return call(TrainingGrpc.getPauseMethod(), id(id));
    }

    public Mono<TrainingJob> resume(String id) {
        return call(TrainingGrpc.getResumeMethod(), id(id));
    }

    public Mono<ListEventsResponse> events(ListEventsRequest request) {
        return call(TrainingGrpc.getListEventsMethod(), request);
    }

    /** All events of a job, those to come included; ends with the job. */
    public Flux<TrainingEvent> follow(EventsRequest request) {
        return Calls.stream(channel, TrainingGrpc.getEventsMethod(), request, PEER);
    }

    public Mono<CheckpointsResponse> checkpoints(String id) {
        return call(TrainingGrpc.getCheckpointsMethod(), id(id));
    }

    public Mono<DeleteAdapterResponse> deleteAdapter(DeleteAdapterRequest request) {
        return call(TrainingGrpc.getDeleteAdapterMethod(), request);
    }

    public Mono<DeleteModelResponse> deleteModel(DeleteModelRequest request) {
        return call(TrainingGrpc.getDeleteModelMethod(), request);
    }

    private static JobId id(String id) {
        return JobId.newBuilder().setId(id).build();
    }

    private <Q, A> Mono<A> call(MethodDescriptor<Q, A> method, Q request) {
        return Calls.unary(channel, method, request, PEER);
    }
}
