package dev.millrace.gateway.backend;

import dev.millrace.contracts.v1.EmbedRequest;
import dev.millrace.contracts.v1.EmbedResponse;
import dev.millrace.contracts.v1.GenerateEvent;
import dev.millrace.contracts.v1.GenerateRequest;
import dev.millrace.contracts.v1.InferenceGrpc;
import dev.millrace.contracts.v1.ModelsRequest;
import dev.millrace.contracts.v1.ModelsResponse;
import dev.millrace.contracts.v1.ScoreRequest;
import dev.millrace.contracts.v1.ScoreResponse;
import dev.millrace.gateway.route.Replica;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The engines, each by its address. */
public final class EngineClient {
    private final Channels channels;

    public EngineClient(Channels channels) {
        this.channels = channels;
    }

    public Flux<GenerateEvent> generate(Replica replica, GenerateRequest request) {
        return Calls.stream(channels.to(replica.address()), InferenceGrpc.getGenerateMethod(), request);
    }

    public Mono<ScoreResponse> score(Replica replica, ScoreRequest request) {
        return Calls.unary(channels.to(replica.address()), InferenceGrpc.getScoreMethod(), request);
    }

    public Mono<EmbedResponse> embed(Replica replica, EmbedRequest request) {
        return Calls.unary(channels.to(replica.address()), InferenceGrpc.getEmbedMethod(), request);
    }

    public Mono<ModelsResponse> models(Replica replica) {
        return Calls.unary(
                channels.to(replica.address()), InferenceGrpc.getModelsMethod(), ModelsRequest.getDefaultInstance());
    }
}
