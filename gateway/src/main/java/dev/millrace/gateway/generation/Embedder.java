package dev.millrace.gateway.generation;

import dev.millrace.contracts.v1.EmbedRequest;
import dev.millrace.contracts.v1.EmbedResponse;
import dev.millrace.contracts.v1.TokenIds;
import dev.millrace.gateway.backend.EngineClient;
import dev.millrace.gateway.request.Refusal;
import dev.millrace.gateway.request.Refusal.Kind;
import dev.millrace.gateway.request.RequestContext;
import dev.millrace.gateway.route.Route;
import dev.millrace.gateway.route.Routes;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import reactor.core.publisher.Mono;

/** Has prompts turned into vectors. */
public final class Embedder {
    private final Ledger ledger;
    private final Routes routes;
    private final EngineClient engines;

    public Embedder(Ledger ledger, Routes routes, EngineClient engines) {
        this.ledger = ledger;
        this.routes = routes;
        this.engines = engines;
    }

    /**
     * @param wish all but the model and the id
     * @param headers gets the response headers of the caller's limits
     */
    public Mono<EmbedResponse> embed(
            RequestContext context, Route.Engines route, EmbedRequest wish, Consumer<Map<String, String>> headers) {
        return Mono.defer(() -> {
            checkLength(wish.getInputsList(), route.model().contextTokens());
            long tokens = wish.getInputsList().stream()
                    .mapToLong(TokenIds::getIdsCount)
                    .sum();
            Account account = ledger.open(context, route.model().name(), tokens, false);
            EmbedRequest request = wish.toBuilder()
                    .setRequestId(context.id())
                    .setModel(route.model().name())
                    .build();
            return account.closedBy(Mono.defer(() -> {
                        headers.accept(account.headers());
                        return ask(route, request);
                    })
                    .doOnNext(vectors -> account.add(vectors.getPromptTokens(), 0, 0)));
        });
    }

    private Mono<EmbedResponse> ask(Route.Engines route, EmbedRequest request) {
        return Mono.using(
                () -> routes.pick(route, TokenArrays.of(request.getInputs(0))),
                replica -> engines.embed(replica, request),
                routes::done);
    }

    private static void checkLength(List<TokenIds> inputs, int context) {
        for (int i = 0; i < inputs.size(); i++) {
            int tokens = inputs.get(i).getIdsCount();
            if (tokens == 0) {
                throw Refusal.invalid("input", "input " + i + " is empty: it must come to at least 1 token")
                        .exception();
            }
            if (tokens > context) {
                throw Refusal.of(
                                Kind.INVALID,
                                "context_length_exceeded",
                                "this model's maximum context length is " + context + " tokens, but input " + i
                                        + " has " + tokens)
                        .at("input")
                        .exception();
            }
        }
    }
}
