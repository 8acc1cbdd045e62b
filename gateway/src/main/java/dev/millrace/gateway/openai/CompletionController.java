package dev.millrace.gateway.openai;

import dev.millrace.contracts.v1.DecodeRequest;
import dev.millrace.contracts.v1.Ids;
import dev.millrace.contracts.v1.TokenIds;
import dev.millrace.gateway.backend.TokenizerClient;
import dev.millrace.gateway.generation.Generated;
import dev.millrace.gateway.generation.Generator;
import dev.millrace.gateway.generation.Job;
import dev.millrace.gateway.request.RequestContext;
import dev.millrace.gateway.route.Route;
import java.util.Collections;
import java.util.List;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** {@code POST /v1/completions}: one or more prompts, each gone on with. */
@RestController
final class CompletionController {
    private final Dispatch dispatch;
    private final PromptEncoder encoder;
    private final TokenizerClient tokenizer;
    private final Generator generator;
    private final Json json;

    CompletionController(
            Dispatch dispatch, PromptEncoder encoder, TokenizerClient tokenizer, Generator generator, Json json) {
        this.dispatch = dispatch;
        this.encoder = encoder;
        this.tokenizer = tokenizer;
        this.generator = generator;
        this.json = json;
    }

    @PostMapping("/v1/completions")
    Mono<Void> create(ServerWebExchange exchange) {
        return dispatch.answer(
                exchange,
                (context, engines, fields) ->
                        answer(exchange, context, engines, CompletionRequest.read(fields, engines.model())));
    }

    private Mono<Void> answer(
            ServerWebExchange exchange, RequestContext context, Route.Engines engines, CompletionRequest request) {
        Answer answer = Answer.to(context, "cmpl-", engines.model().name());
        // who writes a raw prompt may write its control tokens too
        return encoder.encode(request.prompts(), engines.model().name(), PromptEncoder.Specials.AS_CONTROL_TOKENS)
                .zipWhen(prompts -> echoes(request, prompts, engines.model().name()))
                .flatMap(prompts -> {
                    Job job = new Job(
                            context,
                            engines,
                            "prompt",
                            prompts.getT1(),
                            request.shape(),
                            request.stream().streamed());
                    Flux<Generated> events = generator.generate(
                            job, headers -> exchange.getResponse().getHeaders().setAll(headers));
                    return request.stream().streamed()
                            ? json.stream(exchange, chunks(events, answer, request, prompts.getT2()))
                            : json.write(exchange, collected(events, answer, request, prompts.getT2()));
                });
    }

    /** What each prompt's answers begin with: its own text, or nothing. */
    private Mono<List<String>> echoes(CompletionRequest request, List<TokenIds> prompts, String model) {
        if (!request.echo()) {
            return Mono.just(Collections.nCopies(prompts.size(), ""));
        }
        return switch (request.prompts()) {
            case Prompts.Texts given -> Mono.just(given.texts());
            case Prompts.Ids given -> {
                DecodeRequest.Builder decode = DecodeRequest.newBuilder().setModel(model);
                given.ids().forEach(ids -> decode.addSequences(Ids.newBuilder().addAllIds(ids.getIdsList())));
                yield tokenizer.decode(decode.build()).map(answer -> List.copyOf(answer.getTextsList()));
            }
        };
    }

    private static Flux<List<Completion>> chunks(
            Flux<Generated> events, Answer answer, CompletionRequest request, List<String> echoes) {
        CompletionChunks chunks = new CompletionChunks(answer, request, echoes);
        return events.map(chunks::write);
    }

    private static Mono<Completion> collected(
            Flux<Generated> events, Answer answer, CompletionRequest request, List<String> echoes) {
        return events.collect(() -> new Completion.Collector(request, echoes), Completion.Collector::add)
                .map(collector -> collector.answer(answer));
    }
}
