package dev.millrace.gateway.openai;

import dev.millrace.contracts.v1.FinishReason;
import dev.millrace.contracts.v1.GenerateEvent;
import dev.millrace.contracts.v1.TokenIds;
import dev.millrace.gateway.backend.TokenizerClient;
import dev.millrace.gateway.conversation.Conversations;
import dev.millrace.gateway.conversation.KeptResponse;
import dev.millrace.gateway.conversation.KeptResponse.Turn;
import dev.millrace.gateway.generation.Generator;
import dev.millrace.gateway.generation.Job;
import dev.millrace.gateway.grounded.GroundedAnswers;
import dev.millrace.gateway.grounded.GroundedEvent;
import dev.millrace.gateway.grounded.Question;
import dev.millrace.gateway.request.Refusal;
import dev.millrace.gateway.request.RefusedException;
import dev.millrace.gateway.request.RequestContext;
import dev.millrace.gateway.route.Route;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** {@code POST /v1/responses}: the next turn of a conversation, from documents where file_search is among its tools. */
@RestController
final class ResponseController {
    private static final Logger LOG = LoggerFactory.getLogger(ResponseController.class);

    private final Dispatch dispatch;
    private final TokenizerClient tokenizer;
    private final Generator generator;
    private final GroundedAnswers grounded;
    private final Conversations conversations;
    private final Json json;

    ResponseController(
            Dispatch dispatch,
            TokenizerClient tokenizer,
            Generator generator,
            GroundedAnswers grounded,
            Conversations conversations,
            Json json) {
        this.dispatch = dispatch;
        this.tokenizer = tokenizer;
        this.generator = generator;
        this.grounded = grounded;
        this.conversations = conversations;
        this.json = json;
    }

    /** One response on its way. */
    private record Work(
            ServerWebExchange exchange,
            RequestContext context,
            Route.Engines engines,
            ResponseRequest request,
            List<Turn> before,
            ResponseWriter writer) {}

    @PostMapping("/v1/responses")
    Mono<Void> create(ServerWebExchange exchange) {
        return dispatch.answerHere(exchange, (context, engines, fields) -> {
            ResponseRequest request = ResponseRequest.read(fields, engines.model());
            ResponseWriter writer = new ResponseWriter(
                    context.id().replace("req_", ""),
                    engines.model().name(),
                    context.startedAt(),
                    request.includeResults(),
                    request.settings());
            return before(context, request.previous())
                    .flatMap(turns -> answer(new Work(exchange, context, engines, request, turns, writer)));
        });
    }

    private Mono<List<Turn>> before(RequestContext context, Optional<String> previous) {
        if (previous.isEmpty()) {
            return Mono.just(List.of());
        }
        return Database.ask(() -> conversations.find(context.caller().tenant(), previous.get()))
                .map(found -> found.map(KeptResponse::turns)
                        .orElseThrow(() -> Refusal.of(
                                        Refusal.Kind.NOT_FOUND,
                                        "previous_response_not_found",
                                        "there is no response \"" + Fields.shorten(previous.get())
                                                + "\" that was kept: it was made with store: false, deleted, or never")
                                .at("previous_response_id")
                                .exception()));
    }

    private Mono<Void> answer(Work work) {
        ResponseWriter writer = work.writer();
        Flux<List<ResponseEvent>> steps = work.request().search().isPresent() ? fromDocuments(work) : plain(work);
        if (!work.request().streamed()) {
            return json.write(
                    work.exchange(),
                    steps.then(Mono.defer(() -> kept(work))).then(Mono.fromSupplier(writer::response)));
        }
        Flux<List<ResponseEvent>> events = steps.concatWith(
                        Mono.defer(() -> kept(work)).then(Mono.fromSupplier(() -> List.of(writer.ended()))))
                .onErrorResume(
                        failure -> writer.begun(),
                        failure -> Mono.fromSupplier(
                                () -> List.of(writer.failed(Errors.refusal(failure, work.exchange())))));
        return json.streamResponse(work.exchange(), events);
    }

    private Flux<List<ResponseEvent>> fromDocuments(Work work) {
        return Flux.defer(() -> {
            Question question = new Question(
                    work.context(),
                    work.engines(),
                    "input",
                    work.request().chat(work.before(), work.engines().model().name()),
                    work.request().shape(),
                    work.request().streamed(),
                    work.request().search().orElseThrow(),
                    work.request().manner());
            ResponseWriter writer = work.writer();
            return grounded.answer(
                            question,
                            headers ->
                                    work.exchange().getResponse().getHeaders().setAll(headers))
                    .map(event -> switch (event) {
                        case GroundedEvent.Found found -> writer.found(found.queries(), found.passages());
                        case GroundedEvent.Reasoned reasoned -> writer.reason(reasoned.text());
                        case GroundedEvent.Text text -> writer.grow(text.text());
                        case GroundedEvent.Judged judged -> writer.cite(judged.citations());
                        case GroundedEvent.Ended ended ->
                            writer.finish(Optional.of(ended.grounding()), ended.reason(), ended.finished());
                    });
        });
    }

    private Flux<List<ResponseEvent>> plain(Work work) {
        ResponseWriter writer = work.writer();
        AtomicReference<FinishReason> reason = new AtomicReference<>(FinishReason.FINISH_REASON_UNSPECIFIED);
        return tokenizer
                .encodeChat(work.request()
                        .chat(work.before(), work.engines().model().name()))
                .map(prompt -> new Job(
                        work.context(),
                        work.engines(),
                        "input",
                        List.of(TokenIds.newBuilder()
                                .addAllIds(prompt.getIdsList())
                                .build()),
                        work.request().shape(),
                        work.request().streamed()))
                .flatMapMany(job -> generator.generate(
                        job,
                        headers -> work.exchange().getResponse().getHeaders().setAll(headers)))
                .map(generated -> plain(generated.event(), writer, reason));
    }

    private static List<ResponseEvent> plain(
            GenerateEvent event, ResponseWriter writer, AtomicReference<FinishReason> reason) {
        return switch (event.getEventCase()) {
            case DELTA ->
                event.getDelta().getText().isEmpty()
                        ? List.of()
                        : writer.grow(event.getDelta().getText());
            case CHOICE_FINISHED -> {
                reason.set(event.getChoiceFinished().getReason());
                yield List.of();
            }
            case FINISHED -> writer.finish(Optional.empty(), reason.get(), event.getFinished());
            case PROMPT, EVENT_NOT_SET -> List.of();
        };
    }

    /** Keeps the answer, where the client wants that; an answer that can't be kept says so, and is given all the same. */
    private Mono<Void> kept(Work work) {
        if (!work.request().store()) {
            return Mono.empty();
        }
        ResponseWriter writer = work.writer();
        return Database.ask(() -> {
                    conversations.keep(new KeptResponse(
                            writer.id(),
                            work.context().caller().tenant(),
                            work.context().startedAt(),
                            json.text(writer.response()),
                            json.text(
                                    InputList.items(writer.id(), work.request().input())),
                            work.request().turns(work.before(), writer.text())));
                    return writer.id();
                })
                .onErrorResume(RefusedException.class, away -> {
                    LOG.warn("the response {} is not kept: {}", writer.id(), away.getMessage());
                    writer.notStored();
                    return Mono.empty();
                })
                .then();
    }
}
