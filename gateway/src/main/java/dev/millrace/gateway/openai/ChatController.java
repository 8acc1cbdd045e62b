package dev.millrace.gateway.openai;

import dev.millrace.contracts.v1.TokenIds;
import dev.millrace.gateway.backend.TokenizerClient;
import dev.millrace.gateway.generation.Generated;
import dev.millrace.gateway.generation.Generator;
import dev.millrace.gateway.generation.Job;
import dev.millrace.gateway.grounded.GroundedAnswers;
import dev.millrace.gateway.grounded.GroundedEvent;
import dev.millrace.gateway.grounded.Question;
import dev.millrace.gateway.request.RequestContext;
import dev.millrace.gateway.route.Route;
import java.util.List;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** {@code POST /v1/chat/completions}: the walk of a chat, from a key to the last token; where file_search is among its tools, from documents. */
@RestController
final class ChatController {
    private final Dispatch dispatch;
    private final TokenizerClient tokenizer;
    private final Generator generator;
    private final GroundedAnswers grounded;
    private final Json json;

    ChatController(
            Dispatch dispatch, TokenizerClient tokenizer, Generator generator, GroundedAnswers grounded, Json json) {
        this.dispatch = dispatch;
        this.tokenizer = tokenizer;
        this.generator = generator;
        this.grounded = grounded;
        this.json = json;
    }

    @PostMapping("/v1/chat/completions")
    Mono<Void> create(ServerWebExchange exchange) {
        return dispatch.answer(
                exchange,
                (context, engines, fields) ->
                        answer(exchange, context, engines, ChatRequest.read(fields, engines.model())));
    }

    private Mono<Void> answer(
            ServerWebExchange exchange, RequestContext context, Route.Engines engines, ChatRequest request) {
        Answer answer = Answer.to(context, "chatcmpl-", engines.model().name());
        return request.search().isPresent()
                ? fromDocuments(exchange, context, engines, request, answer)
                : plain(exchange, context, engines, request, answer);
    }

    private Mono<Void> fromDocuments(
            ServerWebExchange exchange,
            RequestContext context,
            Route.Engines engines,
            ChatRequest request,
            Answer answer) {
        Flux<GroundedEvent> events = Flux.defer(() -> grounded.answer(
                new Question(
                        context,
                        engines,
                        "messages",
                        request.chat(),
                        request.shape(),
                        request.stream().streamed(),
                        request.search().orElseThrow(),
                        request.manner()),
                headers -> exchange.getResponse().getHeaders().setAll(headers)));
        GroundedChat chat = new GroundedChat(answer, request.stream().includeUsage());
        return request.stream().streamed()
                ? json.stream(exchange, events.map(chat::chunks))
                : json.write(exchange, events.doOnNext(chat::add).then(Mono.fromSupplier(chat::completion)));
    }

    private Mono<Void> plain(
            ServerWebExchange exchange,
            RequestContext context,
            Route.Engines engines,
            ChatRequest request,
            Answer answer) {
        Flux<Generated> events = tokenizer
                .encodeChat(request.chat())
                .map(prompt ->
                        TokenIds.newBuilder().addAllIds(prompt.getIdsList()).build())
                .map(prompt -> new Job(
                        context,
                        engines,
                        "messages",
                        List.of(prompt),
                        request.shape(),
                        request.stream().streamed()))
                .flatMapMany(job -> generator.generate(
                        job, headers -> exchange.getResponse().getHeaders().setAll(headers)));
        return request.stream().streamed()
                ? json.stream(exchange, chunks(events, answer, request))
                : json.write(exchange, collected(events, answer, request));
    }

    private static Flux<List<ChatChunk>> chunks(Flux<Generated> events, Answer answer, ChatRequest request) {
        ChatChunk.Writer writer = new ChatChunk.Writer(
                answer, request.logprobs(), request.stream().includeUsage());
        return events.map(generated -> writer.write(generated.event()));
    }

    private static Mono<ChatCompletion> collected(Flux<Generated> events, Answer answer, ChatRequest request) {
        return events.collect(
                        () -> new ChatCompletion.Collector(request.shape().getN()),
                        (collector, generated) -> collector.add(generated.event()))
                .map(collector -> collector.answer(answer, request.logprobs()));
    }
}
