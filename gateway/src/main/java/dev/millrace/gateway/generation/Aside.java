package dev.millrace.gateway.generation;

import dev.millrace.contracts.v1.Delta;
import dev.millrace.contracts.v1.EncodeChatRequest;
import dev.millrace.contracts.v1.GenerateRequest;
import dev.millrace.contracts.v1.SamplingParameters;
import dev.millrace.contracts.v1.StopConditions;
import dev.millrace.contracts.v1.TokenIds;
import dev.millrace.contracts.v1.TokenLogprob;
import dev.millrace.gateway.backend.TokenizerClient;
import dev.millrace.gateway.request.RequestContext;
import dev.millrace.gateway.route.Route;
import java.util.List;
import java.util.stream.Collectors;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** What is asked of a model on a request's way, beside what the request itself wants: a line, or a word. */
public final class Aside {
    /** The most that an engine tells. */
    private static final int MOST_ALTERNATIVES = 20;

    private final TokenizerClient tokenizer;
    private final Generator generator;

    public Aside(TokenizerClient tokenizer, Generator generator) {
        this.tokenizer = tokenizer;
        this.generator = generator;
    }

    /**
     * Asks for the most likely line. What it takes is counted as the caller's, as a request of its own: usage counts each id once.
     *
     * @param name behind the request's id; each aside of a request needs another
     * @param promptField the request's field that the question came in, for messages
     * @param mostTokens of the line
     * @param cacheSalt who may share what the engine keeps of the prompt; empty for all
     */
    public Mono<String> line(
            RequestContext context,
            String name,
            Route.Engines engines,
            String promptField,
            EncodeChatRequest chat,
            int mostTokens,
            String cacheSalt) {
        GenerateRequest shape = GenerateRequest.newBuilder()
                .setSampling(SamplingParameters.newBuilder().setTemperature(0))
                .setStop(StopConditions.newBuilder().setMaxTokens(mostTokens).addStrings("\n"))
                .setN(1)
                .setCacheSalt(cacheSalt)
                .build();
        return deltas(context, name, engines, promptField, chat, shape)
                .map(Delta::getText)
                .collect(Collectors.joining())
                .map(text -> text.strip().lines().findFirst().map(String::strip).orElse(""));
    }

    /**
     * Asks for the likeliest first tokens of an answer, as many as an engine tells; none where it has none. Else as
     * {@link #line}.
     */
    public Mono<List<TokenLogprob>> firstToken(
            RequestContext context,
            String name,
            Route.Engines engines,
            String promptField,
            EncodeChatRequest chat,
            String cacheSalt) {
        GenerateRequest shape = GenerateRequest.newBuilder()
                .setSampling(SamplingParameters.newBuilder().setTemperature(0).setTopLogprobs(MOST_ALTERNATIVES))
                .setStop(StopConditions.newBuilder().setMaxTokens(1))
                .setN(1)
                .setCacheSalt(cacheSalt)
                .build();
        return deltas(context, name, engines, promptField, chat, shape)
                .flatMapIterable(Delta::getLogprobsList)
                .take(1)
                .flatMapIterable(TokenLogprob::getTopList)
                .collectList();
    }

    private Flux<Delta> deltas(
            RequestContext context,
            String name,
            Route.Engines engines,
            String promptField,
            EncodeChatRequest chat,
            GenerateRequest shape) {
        RequestContext own = new RequestContext(
                context.id() + "-" + name, context.caller(), context.endpoint(), context.startedAt());
        return tokenizer
                .encodeChat(chat)
                .map(prompt ->
                        TokenIds.newBuilder().addAllIds(prompt.getIdsList()).build())
                .map(prompt -> new Job(own, engines, promptField, List.of(prompt), shape, false))
                .flatMapMany(job -> generator.generate(job, _ -> {}))
                .filter(generated -> generated.event().hasDelta())
                .map(generated -> generated.event().getDelta());
    }
}
