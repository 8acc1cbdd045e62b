package dev.millrace.gateway.generation;

import dev.millrace.contracts.v1.ChoiceFinished;
import dev.millrace.contracts.v1.FinishReason;
import dev.millrace.contracts.v1.GenerateEvent;
import dev.millrace.contracts.v1.GenerateRequest;
import dev.millrace.contracts.v1.GenerationFinished;
import dev.millrace.contracts.v1.PromptPart;
import dev.millrace.contracts.v1.PromptScored;
import dev.millrace.contracts.v1.ScoreRequest;
import dev.millrace.contracts.v1.TokenIds;
import dev.millrace.contracts.v1.Usage;
import dev.millrace.gateway.backend.EngineClient;
import dev.millrace.gateway.request.Refusal;
import dev.millrace.gateway.request.Refusal.Kind;
import dev.millrace.gateway.request.RefusedException;
import dev.millrace.gateway.route.Replica;
import dev.millrace.gateway.route.Route;
import dev.millrace.gateway.route.Routes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import reactor.core.Exceptions;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Has prompts gone on with. */
public final class Generator {
    /** Of a request with many prompts, those that an engine has at one time. */
    private static final int PROMPTS_AT_ONCE = 32;

    private final Ledger ledger;
    private final Routes routes;
    private final EngineClient engines;
    private final int maxWaitingEvents;

    /**
     * @param maxWaitingEvents of one answer, events that may wait for a slow reader
     */
    public Generator(Ledger ledger, Routes routes, EngineClient engines, int maxWaitingEvents) {
        this.ledger = ledger;
        this.routes = routes;
        this.engines = engines;
        this.maxWaitingEvents = maxWaitingEvents;
    }

    /**
     * Reserves, routes and generates. Events of one prompt come in order; those of several prompts are mixed. The engines
     * are read as fast as they go, and the account is closed when they have ended: what is set aside never hangs on a
     * client that reads slowly, or not at all. One event more than may wait cancels the engines, and the answer ends as
     * too slow.
     *
     * @param headers gets the response headers of the caller's limits, before the first event
     */
    public Flux<Generated> generate(Job job, Consumer<Map<String, String>> headers) {
        return Flux.defer(() -> {
                    checkLength(job);
                    Account account =
                            ledger.open(job.context(), job.engines().model().name(), job.mostTokens(), job.streamed());
                    return account.closedBy(Flux.defer(() -> {
                        headers.accept(account.headers());
                        return generate(job, account);
                    }));
                })
                .onBackpressureBuffer(maxWaitingEvents)
                .onErrorMap(Exceptions::isOverflow, _ -> tooSlow().exception());
    }

    private static Refusal tooSlow() {
        return Refusal.of(Kind.CLIENT_GONE, "too_slow", "the answer was cancelled: it was read too slowly");
    }

    private Flux<Generated> generate(Job job, Account account) {
        return job.prompts().size() == 1
                ? generate(job, 0, account)
                : Flux.range(0, job.prompts().size())
                        .flatMap(prompt -> generate(job, prompt, account), PROMPTS_AT_ONCE);
    }

    private Flux<Generated> generate(Job job, int prompt, Account account) {
        TokenIds ids = job.prompts().get(prompt);
        String id =
                job.prompts().size() == 1 ? job.context().id() : job.context().id() + "-" + prompt;
        GenerateRequest request = job.shape().toBuilder()
                .setRequestId(id)
                .setModel(job.engines().model().name())
                .addPrompt(PromptPart.newBuilder().setIds(ids))
                .build();
        Tally tally = new Tally(account, ids.getIdsCount());
        Function<Replica, Flux<GenerateEvent>> ask =
                replica -> job.generatesNothing() ? score(replica, request, ids) : engines.generate(replica, request);
        return ask(job.engines(), ids, tally, ask)
                .concatWith(Mono.defer(tally::end))
                .map(event -> new Generated(prompt, event));
    }

    /** Asks one replica; where it is away or full before its first event, another. */
    private Flux<GenerateEvent> ask(
            Route.Engines left, TokenIds ids, Tally tally, Function<Replica, Flux<GenerateEvent>> question) {
        return Flux.defer(() -> {
            Replica replica = routes.pick(left, TokenArrays.of(ids));
            Route.Engines others = left.without(replica);
            return Flux.using(() -> replica, question, routes::done)
                    .doOnNext(tally::see)
                    .onErrorResume(
                            failure -> !tally.begun && !others.replicas().isEmpty() && isOverloaded(failure),
                            _ -> ask(others, ids, tally, question));
        });
    }

    private static boolean isOverloaded(Throwable failure) {
        return failure instanceof RefusedException refused && refused.refusal().kind() == Kind.OVERLOADED;
    }

    /** The events of a request that wants its prompt rated, and no more. */
    private Flux<GenerateEvent> score(Replica replica, GenerateRequest request, TokenIds ids) {
        ScoreRequest score = ScoreRequest.newBuilder()
                .setRequestId(request.getRequestId())
                .setModel(request.getModel())
                .addAllIds(ids.getIdsList())
                .setTopLogprobs(request.getSampling().getTopLogprobs())
                .setCacheSalt(request.getCacheSalt())
                .build();
        return engines.score(replica, score).flatMapIterable(answer -> {
            List<GenerateEvent> events = new ArrayList<>();
            events.add(GenerateEvent.newBuilder()
                    .setPrompt(PromptScored.newBuilder().addAllLogprobs(answer.getLogprobsList()))
                    .build());
            for (int choice = 0; choice < Math.max(1, request.getN()); choice++) {
                events.add(GenerateEvent.newBuilder()
                        .setChoiceFinished(ChoiceFinished.newBuilder()
                                .setIndex(choice)
                                .setReason(FinishReason.FINISH_REASON_LENGTH))
                        .build());
            }
            events.add(GenerateEvent.newBuilder()
                    .setFinished(GenerationFinished.newBuilder()
                            .setUsage(Usage.newBuilder().setPromptTokens(ids.getIdsCount())))
                    .build());
            return events;
        });
    }

    private static void checkLength(Job job) {
        int context = job.engines().model().contextTokens();
        for (TokenIds prompt : job.prompts()) {
            int promptTokens = prompt.getIdsCount();
            if (promptTokens == 0) {
                throw Refusal.invalid(job.promptField(), "the prompt is empty: it must come to at least 1 token")
                        .exception();
            }
            long answer = job.shape().getStop().getMaxTokens();
            if (promptTokens > context
                    || (promptTokens == context && !job.generatesNothing())
                    || promptTokens + answer > context) {
                throw tooLong(context, promptTokens, answer)
                        .at(job.promptField())
                        .exception();
            }
        }
    }

    private static Refusal tooLong(int context, int promptTokens, long answer) {
        String asked = answer == 0
                ? "the prompt has " + promptTokens + " tokens, which leaves no room for an answer"
                : "you asked for " + (promptTokens + answer) + " tokens (" + promptTokens + " in the prompt, " + answer
                        + " in the answer)";
        return Refusal.of(
                Kind.INVALID,
                "context_length_exceeded",
                "this model's maximum context length is " + context + " tokens, but " + asked
                        + ": shorten the prompt or lower max_tokens");
    }

    /** Counts one prompt's tokens: the engine's count where it came, what was seen of the answer before. */
    private static final class Tally {
        private final Account account;
        private final int promptTokens;
        private boolean begun;
        private boolean finished;
        private int seen;

        Tally(Account account, int promptTokens) {
            this.account = account;
            this.promptTokens = promptTokens;
        }

        void see(GenerateEvent event) {
            if (!begun) {
                begun = true;
                account.add(promptTokens, 0, 0);
            }
            switch (event.getEventCase()) {
                case DELTA -> {
                    int tokens = event.getDelta().getIdsCount();
                    seen += tokens;
                    account.add(0, tokens, 0);
                }
                case FINISHED -> {
                    finished = true;
                    Usage usage = event.getFinished().getUsage();
                    // an end token is generated, but is no part of any delta
                    account.add(0, usage.getCompletionTokens() - seen, usage.getCachedTokens());
                }
                case PROMPT, CHOICE_FINISHED, EVENT_NOT_SET -> {}
            }
        }

        /** Nothing where the engine said that it was done, an error where it fell silent. */
        Mono<GenerateEvent> end() {
            return finished
                    ? Mono.empty()
                    : Mono.error(Refusal.of(Kind.BROKEN, "server_error", "the engine broke off the answer: try again")
                            .exception());
        }
    }
}
