package dev.millrace.inference.engine;

import dev.millrace.inference.cache.BlockPool;
import dev.millrace.inference.model.Adapter;
import dev.millrace.inference.model.ModelShape;
import dev.millrace.inference.schedule.Prompt;
import dev.millrace.inference.schedule.Sequence;
import dev.millrace.inference.text.Vocabulary;
import java.time.Duration;
import java.util.Collection;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * Where requests come in: tells at once those that can never run, or not now, and makes ready those that can. Called by
 * any thread; what it reads does not change.
 */
final class Door {
    private final ModelShape shape;
    private final Vocabulary vocabulary;
    private final BlockPool pool;
    private final EngineOptions options;
    private final Counters counters;
    private final Optional<StepCosts> costs;
    private final Consumer<Job> cancel;
    private final int limitTokens;
    private final AtomicLong arrivals = new AtomicLong();
    private final AtomicInteger waiting = new AtomicInteger();
    private final AtomicBoolean shut = new AtomicBoolean();

    Door(
            ModelShape shape,
            Vocabulary vocabulary,
            BlockPool pool,
            EngineOptions options,
            Counters counters,
            Optional<StepCosts> costs,
            Consumer<Job> cancel) {
        this.shape = shape;
        this.vocabulary = vocabulary;
        this.pool = pool;
        this.options = options;
        this.counters = counters;
        this.costs = costs;
        this.cancel = cancel;
        this.limitTokens = (int) Math.min(shape.contextTokens(), (long) pool.total() * pool.blockTokens());
    }

    int limitTokens() {
        return limitTokens;
    }

    /** Lets no one in any more; false if that was so before. */
    boolean shut() {
        return shut.compareAndSet(false, true);
    }

    /** One that waited has begun, or has gone. */
    void started() {
        waiting.decrementAndGet();
    }

    /** @param start takes what is let in */
    Admission admit(Request request, Optional<Adapter> adapter, Consumer<Job> start) {
        if (shut.get()) {
            return new Admission.Stopping();
        }
        Optional<Admission> refusal = refusal(request);
        if (refusal.isPresent()) {
            return refusal.get();
        }
        int before = waiting.getAndIncrement();
        if (before >= options.maxWaiting()) {
            waiting.decrementAndGet();
            return new Admission.Busy(before, retryAfter(before));
        }
        if (adapter.isPresent() && !adapter.get().acquire()) {
            waiting.decrementAndGet();
            return new Admission.Unloaded();
        }
        Job job = new Job(request.id(), adapter, counters, options.outboxEvents(), cancel);
        addWorks(job, request);
        start.accept(job);
        return new Admission.Accepted(job.outbox());
    }

    // as long as the queue took lately to let as many go as wait now, within reason
    private Duration retryAfter(int waitingNow) {
        double seconds = counters.secondsPerRequest() * waitingNow;
        return Duration.ofMillis((long) (1000 * Math.clamp(seconds, 1.0, 60.0)));
    }

    private Optional<Admission> refusal(Request request) {
        return switch (request) {
            case Request.Generate generate ->
                invalidIds("prompt", generate.prompt())
                        .or(() -> invalidIds(
                                "logit_bias", generate.sampling().logitBias().keySet()))
                        .or(() -> invalidIds("stop_token_ids", generate.stop().tokenIds()))
                        .or(() -> invalidEmbeddings(generate.prompt()))
                        .or(() -> tooLong(
                                generate.prompt(), generate.stop().maxTokens().orElse(1)));
            case Request.Score score -> invalidIds("ids", score.prompt()).or(() -> tooLong(score.prompt(), 0));
            case Request.Embed embed ->
                embed.inputs().stream()
                        .flatMap(input -> invalidIds("input", input).or(() -> tooLong(input, 0)).stream())
                        .findFirst();
        };
    }

    private Optional<Admission> tooLong(Prompt prompt, int maxTokens) {
        int tokens = prompt.ids().length;
        return (long) tokens + maxTokens > limitTokens
                ? Optional.of(new Admission.TooLong(tokens, maxTokens, limitTokens))
                : Optional.empty();
    }

    private Optional<Admission> invalidIds(String param, Prompt prompt) {
        for (int position = 0; position < prompt.ids().length; position++) {
            int id = prompt.ids()[position];
            if (id >= shape.vocabularySize() || (id < 0 && !embedded(prompt, position))) {
                return invalidId(param, id);
            }
        }
        return Optional.empty();
    }

    private Optional<Admission> invalidIds(String param, Collection<Integer> ids) {
        for (int id : ids) {
            if (id < 0 || id >= shape.vocabularySize()) {
                return invalidId(param, id);
            }
        }
        return Optional.empty();
    }

    private Optional<Admission> invalidId(String param, int id) {
        return Optional.of(new Admission.Invalid(
                param, param + " must hold token ids from 0 to " + (shape.vocabularySize() - 1) + ", holds " + id));
    }

    private static boolean embedded(Prompt prompt, int position) {
        return prompt.spans().stream()
                .anyMatch(span -> position >= span.start() && position < span.start() + span.rows());
    }

    private Optional<Admission> invalidEmbeddings(Prompt prompt) {
        for (Prompt.Span span : prompt.spans()) {
            long expected = (long) span.rows() * shape.width() * Float.BYTES;
            if (span.values().byteSize() != expected) {
                return Optional.of(new Admission.Invalid(
                        "prompt",
                        "embeddings must be as wide as the model, " + shape.width() + " elements, were "
                                + span.values().byteSize() / Float.BYTES / span.rows()));
            }
        }
        return Optional.empty();
    }

    private void addWorks(Job job, Request request) {
        switch (request) {
            case Request.Generate generate -> addChoices(job, generate);
            case Request.Score score -> job.add(new Scoring(job, arrivals.getAndIncrement(), score, pool));
            case Request.Embed embed -> {
                for (int input = 0; input < embed.inputs().size(); input++) {
                    job.add(new Pooled(job, arrivals.getAndIncrement(), embed, input, shape.width(), pool));
                }
            }
        }
    }

    private void addChoices(Job job, Request.Generate request) {
        int room = limitTokens - request.prompt().ids().length;
        int maxTokens = request.stop().maxTokens().orElse(room);
        long arrival = arrivals.getAndAdd(request.n());
        Optional<Sequence> leader = Optional.empty();
        for (int index = 0; index < request.n(); index++) {
            Choice choice =
                    new Choice(job, arrival + index, request, index, maxTokens, vocabulary, pool, costs, leader);
            job.add(choice);
            leader = leader.or(() -> Optional.of(choice));
        }
    }
}
