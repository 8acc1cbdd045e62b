package dev.millrace.gateway.backend;

import dev.millrace.contracts.v1.ModelInfo;
import dev.millrace.contracts.v1.ModelsResponse;
import dev.millrace.gateway.route.Replica;
import dev.millrace.gateway.route.Routes;
import dev.millrace.gateway.route.ServedModel;
import dev.millrace.gateway.route.ServedModel.State;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Asks every replica again and again what it serves, and tells the routes. */
public final class Fleet implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Fleet.class);

    private final EngineClient engines;
    private final Routes routes;
    private final Disposable rounds;

    public Fleet(EngineClient engines, Routes routes, List<Replica> replicas, Duration interval) {
        this.engines = engines;
        this.routes = routes;
        this.rounds = Flux.fromIterable(replicas)
                .flatMap(replica -> ask(replica, interval)
                        .then(Mono.delay(interval))
                        .repeat()
                        .then())
                .subscribe();
    }

    private Mono<Void> ask(Replica replica, Duration patience) {
        return engines.models(replica)
                .timeout(patience.multipliedBy(5))
                .doOnNext(answer -> routes.seen(replica, served(answer)))
                .doOnError(failure -> {
                    LOG.debug("replica {} does not answer: {}", replica.address(), failure.getMessage());
                    routes.lost(replica);
                })
                .onErrorComplete()
                .then();
    }

    private static List<ServedModel> served(ModelsResponse answer) {
        return answer.getModelsList().stream().map(Fleet::served).toList();
    }

    private static ServedModel served(ModelInfo info) {
        return new ServedModel(
                info.getName(),
                switch (info.getState()) {
                    case MODEL_STATE_READY -> State.READY;
                    case MODEL_STATE_FAILED -> State.FAILED;
                    case MODEL_STATE_LOADING, MODEL_STATE_UNSPECIFIED, UNRECOGNIZED -> State.LOADING;
                },
                info.getReason(),
                info.getContextTokens(),
                info.getWidth(),
                info.getVocabularySize(),
                info.getBlockTokens(),
                Instant.ofEpochSecond(info.getCreatedAtSeconds()),
                Optional.of(info.getParent()).filter(parent -> !parent.isEmpty()),
                info.getHasChatTemplate());
    }

    @Override
    public void close() {
        rounds.dispose();
    }
}
