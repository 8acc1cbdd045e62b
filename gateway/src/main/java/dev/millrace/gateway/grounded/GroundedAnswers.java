package dev.millrace.gateway.grounded;

import dev.millrace.contracts.v1.FinishReason;
import dev.millrace.contracts.v1.GenerateRequest;
import dev.millrace.contracts.v1.GenerationFinished;
import dev.millrace.contracts.v1.Passage;
import dev.millrace.contracts.v1.RetrieveRequest;
import dev.millrace.gateway.backend.RagClient;
import dev.millrace.gateway.backend.TokenizerClient;
import dev.millrace.gateway.generation.Account;
import dev.millrace.gateway.generation.Aside;
import dev.millrace.gateway.generation.Generator;
import dev.millrace.gateway.generation.Job;
import dev.millrace.gateway.generation.Ledger;
import dev.millrace.gateway.grounded.Grounding.Reason;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.Consumer;
import java.util.function.Function;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;

/** Answers questions from documents: retrieves, generates with numbered sources, cites, checks, and abstains. */
public final class GroundedAnswers {
    private static final int PREFETCH = 32;

    private final RagClient rag;
    private final Prompter prompter;
    private final QueryRewriter rewriter;
    private final ModelJudge judge;
    private final Generator generator;
    private final Ledger ledger;
    private final Limits limits;

    /**
     * @param maxSourceTokens of all sources in a prompt together
     * @param leastScore of a passage, from 0 to 1; those below are left out
     * @param leastRelevance of the best passage, from 0 to 1: below it the documents don't say
     * @param judge of sentences, where a question names none
     * @param judgeThreshold from which probability of Yes on the language model holds a sentence for supported
     */
    public record Limits(
            int maxSourceTokens, double leastScore, double leastRelevance, Judge judge, double judgeThreshold) {}

    public GroundedAnswers(
            RagClient rag, TokenizerClient tokenizer, Generator generator, Ledger ledger, Limits limits) {
        this.rag = rag;
        this.prompter = new Prompter(tokenizer, limits.maxSourceTokens());
        Aside aside = new Aside(tokenizer, generator);
        this.rewriter = new QueryRewriter(aside);
        this.judge = new ModelJudge(aside);
        this.generator = generator;
        this.ledger = ledger;
        this.limits = limits;
    }

    /**
     * The events of one answer: {@code Found} once the request is let in, and {@code Ended} last. Sampling that the client
     * left open is greedy: an answer from documents is no place for chance.
     *
     * @param headers gets the response headers of the caller's limits, before the first event
     */
    public Flux<GroundedEvent> answer(Question question, Consumer<Map<String, String>> headers) {
        return rewriter.queries(question)
                .flatMapMany(queries -> rag.retrieve(request(question, queries)).flatMapMany(answer -> {
                    GroundedEvent.Found found = new GroundedEvent.Found(queries, answer.getPassagesList());
                    OptionalDouble relevance = relevance(found);
                    return found.passages().isEmpty() || isTooLow(relevance, question)
                            ? nothing(question, found, relevance, headers)
                            : generated(question, found, headers);
                }));
    }

    private RetrieveRequest request(Question question, List<String> queries) {
        FileSearch search = question.search();
        RetrieveRequest.Builder request = RetrieveRequest.newBuilder()
                .setTenant(question.context().caller().tenant())
                .addAllCollectionIds(search.collections())
                .setQuery(queries.getFirst())
                .setEarlier(question.askedBefore())
                .addAllFurtherQueries(queries.subList(1, queries.size()))
                .setMaxResults(search.maxResults())
                .setRanker(search.ranker())
                .setMinScore(search.leastScore().orElse(limits.leastScore()));
        search.filter().ifPresent(request::setFilter);
        return request.build();
    }

    /** Of the best passage. */
    private static OptionalDouble relevance(GroundedEvent.Found found) {
        return found.passages().stream()
                .filter(Passage::hasRelevance)
                .mapToDouble(Passage::getRelevance)
                .max();
    }

    /** Who names a least score of a passage has decided what is too low. */
    private boolean isTooLow(OptionalDouble relevance, Question question) {
        return question.search().leastScore().isEmpty()
                && relevance.isPresent()
                && relevance.getAsDouble() < limits.leastRelevance();
    }

    /** Without a passage that may answer no model is asked; the request counts all the same. */
    private Flux<GroundedEvent> nothing(
            Question question,
            GroundedEvent.Found found,
            OptionalDouble relevance,
            Consumer<Map<String, String>> headers) {
        Account account =
                ledger.open(question.context(), question.engines().model().name(), 0, question.streamed());
        return account.closedBy(Flux.defer(() -> {
            headers.accept(account.headers());
            return Flux.just(
                    found,
                    new GroundedEvent.Text(Abstention.text(question.asked())),
                    new GroundedEvent.Ended(
                            Grounding.abstained(Reason.NO_RELEVANT_PASSAGE, relevance),
                            FinishReason.FINISH_REASON_STOP,
                            GenerationFinished.getDefaultInstance()));
        }));
    }

    private Flux<GroundedEvent> generated(
            Question question, GroundedEvent.Found found, Consumer<Map<String, String>> headers) {
        WordMatch words = new WordMatch(found.passages());
        return prompter.prompt(question, found.passages(), words).flatMapMany(prompt -> {
            // what the model didn't read is no source of its answer
            Checker checker = new Checker(rag, found.passages().subList(0, prompt.sources()), jury(question));
            Composer composer = new Composer(
                    checker,
                    Abstention.text(question.asked()),
                    question.manner().stepByStep());
            Job job = new Job(
                    question.context(),
                    question.engines(),
                    question.promptField(),
                    List.of(prompt.ids()),
                    greedyByDefault(question.shape()),
                    question.streamed());
            return letIn(
                    found,
                    opened -> generator
                            .generate(job, limits -> {
                                headers.accept(limits);
                                opened.run();
                            })
                            .concatMap(generated -> composer.next(generated.event())));
        });
    }

    private Jury jury(Question question) {
        return new Jury(question.manner().judge().orElse(limits.judge()), judge, limits.judgeThreshold(), question);
    }

    /** What was found is told as soon as the request is let in: the first word may take a while. */
    private static Flux<GroundedEvent> letIn(GroundedEvent.Found found, Function<Runnable, Flux<GroundedEvent>> rest) {
        Sinks.One<GroundedEvent> opened = Sinks.one();
        Flux<GroundedEvent> answer =
                rest.apply(() -> opened.tryEmitValue(found)).doFinally(_ -> opened.tryEmitEmpty());
        return Flux.mergeSequentialDelayError(PREFETCH, opened.asMono(), answer);
    }

    private static GenerateRequest greedyByDefault(GenerateRequest shape) {
        return shape.getSampling().hasTemperature()
                ? shape
                : shape.toBuilder()
                        .setSampling(shape.getSampling().toBuilder().setTemperature(0))
                        .build();
    }
}
