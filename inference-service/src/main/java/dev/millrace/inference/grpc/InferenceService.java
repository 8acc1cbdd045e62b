package dev.millrace.inference.grpc;

import dev.millrace.contracts.v1.EmbedRequest;
import dev.millrace.contracts.v1.EmbedResponse;
import dev.millrace.contracts.v1.Embedding;
import dev.millrace.contracts.v1.GenerateEvent;
import dev.millrace.contracts.v1.GenerateRequest;
import dev.millrace.contracts.v1.InferenceGrpc;
import dev.millrace.contracts.v1.ModelsRequest;
import dev.millrace.contracts.v1.ModelsResponse;
import dev.millrace.contracts.v1.ScoreRequest;
import dev.millrace.contracts.v1.ScoreResponse;
import dev.millrace.contracts.v1.StatsRequest;
import dev.millrace.contracts.v1.StatsResponse;
import dev.millrace.inference.engine.Admission;
import dev.millrace.inference.engine.Event;
import dev.millrace.inference.engine.Outbox;
import dev.millrace.inference.engine.Request;
import dev.millrace.inference.model.Adapter;
import dev.millrace.inference.models.ModelRegistry;
import dev.millrace.inference.models.ModelState;
import dev.millrace.inference.models.ServedModel;
import dev.millrace.inference.sample.InvalidParameterException;
import dev.millrace.inference.text.Vocabulary;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/** The contract's service Inference. */
public final class InferenceService extends InferenceGrpc.InferenceImplBase {
    private final ModelRegistry models;
    private final Requests requests;
    private final Meters meters;
    private final Executor executor;

    /** What a name stands for: a model, or one with an adapter. */
    private record Target(String name, ServedModel model, Optional<Adapter> adapter) {}

    /**
     * @param seeds draws the seed of requests that name none; for any thread
     * @param executor carries results to clients; must not run anything on the caller's thread
     */
    public InferenceService(ModelRegistry models, Meters meters, RandomGenerator seeds, Executor executor) {
        this.models = models;
        this.requests = new Requests(seeds);
        this.meters = meters;
        this.executor = executor;
    }

    @Override
    public void generate(GenerateRequest request, StreamObserver<GenerateEvent> observer) {
        answer(observer, call -> {
            Target target = target(request.getModel());
            ServedModel model = target.model();
            Meters.Watch watch = meters.watch(request.getModel());
            Outbox outbox = submit(
                    target, () -> requests.generate(request, model.model().sampling()));
            Vocabulary vocabulary = model.model().vocabulary();
            Relay.start(
                    call,
                    outbox,
                    event -> {
                        watch.accept(event);
                        relay(event, vocabulary, call);
                    },
                    executor);
        });
    }

    private static void relay(Event event, Vocabulary vocabulary, StreamObserver<GenerateEvent> call) {
        switch (event) {
            case Event.PromptScored scored -> call.onNext(Replies.prompt(scored, vocabulary));
            case Event.Delta delta -> call.onNext(Replies.delta(delta, vocabulary));
            case Event.ChoiceFinished finished -> call.onNext(Replies.choiceFinished(finished));
            case Event.Finished finished -> {
                call.onNext(Replies.finished(finished));
                call.onCompleted();
            }
            case Event.Failed failed -> call.onError(Errors.of(failed.failure()));
            case Event.Embedded embedded -> throw foreign(embedded);
        }
    }

    @Override
    public void score(ScoreRequest request, StreamObserver<ScoreResponse> observer) {
        answer(observer, call -> {
            Target target = target(request.getModel());
            ServedModel model = target.model();
            Outbox outbox = submit(target, () -> requests.score(request));
            ScoreResponse.Builder response = ScoreResponse.newBuilder();
            Relay.start(
                    call,
                    outbox,
                    event -> {
                        switch (event) {
                            case Event.PromptScored scored ->
                                response.addAllLogprobs(Replies.logprobs(
                                        scored.logprobs(), model.model().vocabulary()));
                            case Event.Finished finished -> complete(call, response.build());
                            case Event.Failed failed -> call.onError(Errors.of(failed.failure()));
                            case Event.Delta delta -> throw foreign(delta);
                            case Event.ChoiceFinished finished -> throw foreign(finished);
                            case Event.Embedded embedded -> throw foreign(embedded);
                        }
                    },
                    executor);
        });
    }

    @Override
    public void embed(EmbedRequest request, StreamObserver<EmbedResponse> observer) {
        answer(observer, call -> {
            Outbox outbox = submit(target(request.getModel()), () -> requests.embed(request));
            // inputs end in any order
            List<Embedding> embeddings = new ArrayList<>();
            for (int i = 0; i < request.getInputsCount(); i++) {
                embeddings.add(Embedding.getDefaultInstance());
            }
            Relay.start(
                    call,
                    outbox,
                    event -> {
                        switch (event) {
                            case Event.Embedded(int input, float[] values) -> embeddings.set(input, embedding(values));
                            case Event.Finished finished ->
                                complete(
                                        call,
                                        EmbedResponse.newBuilder()
                                                .addAllEmbeddings(embeddings)
                                                .setPromptTokens(
                                                        finished.usage().promptTokens())
                                                .build());
                            case Event.Failed failed -> call.onError(Errors.of(failed.failure()));
                            case Event.PromptScored scored -> throw foreign(scored);
                            case Event.Delta delta -> throw foreign(delta);
                            case Event.ChoiceFinished finished -> throw foreign(finished);
                        }
                    },
                    executor);
        });
    }

    @Override
    public void models(ModelsRequest request, StreamObserver<ModelsResponse> observer) {
        ModelsResponse.Builder response = ModelsResponse.newBuilder();
        models.states().forEach((name, state) -> response.addModels(Replies.model(name, state)));
        complete(observer, response.build());
    }

    @Override
    public void stats(StatsRequest request, StreamObserver<StatsResponse> observer) {
        StatsResponse.Builder response = StatsResponse.newBuilder();
        models.states().forEach((name, state) -> {
            if (state instanceof ModelState.Ready(ServedModel model)) {
                response.addModels(Replies.stats(name, model.engine().stats()));
                response.setKernels(model.kernels());
            }
        });
        complete(observer, response.build());
    }

    private Target target(String name) {
        return switch (models.state(name)) {
            case ModelState.Ready(ServedModel model) -> new Target(name, model, Optional.empty());
            case ModelState.Adapted adapted -> new Target(name, adapted.model(), Optional.of(adapted.adapter()));
            case ModelState.Loading() -> throw Errors.loading(name);
            case ModelState.Failed(String reason) -> throw Errors.notLoaded(name, reason);
            case ModelState.Unknown(List<String> known) -> throw Errors.unknownModel(name, known);
        };
    }

    private Outbox submit(Target target, Supplier<Request> request) {
        return switch (target.model().engine().submit(request.get(), target.adapter())) {
            case Admission.Accepted(Outbox outbox) -> outbox;
            case Admission.TooLong tooLong -> throw Errors.of(tooLong);
            case Admission.Invalid(String param, String message) -> throw Errors.invalid(param, message);
            case Admission.Busy busy -> throw Errors.of(busy);
            case Admission.Unloaded() ->
                throw Errors.unknownModel(
                        target.name(), List.copyOf(models.states().keySet()));
            case Admission.Stopping() -> throw Errors.stopping();
        };
    }

    private static <T> void answer(StreamObserver<T> observer, Consumer<ServerCallStreamObserver<T>> how) {
        try {
            how.accept((ServerCallStreamObserver<T>) observer);
        } catch (InvalidParameterException e) {
            observer.onError(Errors.of(e));
        } catch (StatusRuntimeException e) {
            observer.onError(e);
        }
    }

    private static <T> void complete(StreamObserver<T> observer, T response) {
        observer.onNext(response);
        observer.onCompleted();
    }

    private static Embedding embedding(float[] values) {
        Embedding.Builder embedding = Embedding.newBuilder();
        for (float value : values) {
            embedding.addValues(value);
        }
        return embedding.build();
    }

    private static IllegalStateException foreign(Event event) {
        return new IllegalStateException("this call gives no " + event);
    }
}
