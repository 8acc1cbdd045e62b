package dev.millrace.inference.engine;

import dev.millrace.inference.model.Adapter;
import dev.millrace.inference.sample.TokenLogprob;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * All that a request gave: what must not depend on what else ran.
 *
 * @param choices by index
 * @param failure if that is how it ended
 */
public record Answer(
        Map<Integer, Text> choices,
        List<TokenLogprob> promptLogprobs,
        Map<Integer, List<Float>> embeddings,
        Optional<Failure> failure,
        Optional<Event.Finished> finished) {
    /** One choice. */
    public record Text(String text, List<Integer> ids, List<TokenLogprob> logprobs, Optional<FinishReason> reason) {}

    /** What does not depend on load: all but times and what came from the cache. */
    public Answer withoutTimings() {
        return new Answer(choices, promptLogprobs, embeddings, failure, Optional.empty());
    }

    public Text only() {
        return Objects.requireNonNull(choices.get(0), "no choice was given");
    }

    public static Outbox submit(Engine engine, Request request) {
        return submit(engine, request, Optional.empty());
    }

    /** The same with an adapter. */
    public static Outbox submit(Engine engine, Request request, Optional<Adapter> adapter) {
        return switch (engine.submit(request, adapter)) {
            case Admission.Accepted(Outbox outbox) -> outbox;
            case Admission refused -> throw new AssertionError("refused: " + refused);
        };
    }

    public static Answer to(Engine engine, Request request) {
        return read(submit(engine, request));
    }

    /** Waits for the end of what comes to an outbox. */
    public static Answer read(Outbox outbox) {
        Semaphore news = new Semaphore(0);
        outbox.onEvents(news::release);
        Gathered gathered = new Gathered();
        while (!gathered.ended) {
            Optional<Event> event = outbox.poll();
            if (event.isPresent()) {
                gathered.accept(event.get());
            } else {
                await(news);
            }
        }
        return gathered.answer();
    }

    private static void await(Semaphore news) {
        try {
            if (!news.tryAcquire(Duration.ofMinutes(1).toMillis(), TimeUnit.MILLISECONDS)) {
                throw new AssertionError("nothing came for a minute");
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static final class Gathered {
        final Map<Integer, Choice> choices = new TreeMap<>();
        final Map<Integer, List<Float>> embeddings = new TreeMap<>();
        final List<TokenLogprob> prompt = new ArrayList<>();
        Optional<Failure> failure = Optional.empty();
        Optional<Event.Finished> finished = Optional.empty();
        boolean ended;

        void accept(Event event) {
            switch (event) {
                case Event.Delta delta -> {
                    Choice choice = choice(delta.choice());
                    choice.text.append(delta.text());
                    choice.ids.addAll(delta.ids());
                    choice.logprobs.addAll(delta.logprobs());
                }
                case Event.ChoiceFinished(int index, FinishReason reason) -> choice(index).reason = Optional.of(reason);
                case Event.PromptScored(List<TokenLogprob> scored) -> prompt.addAll(scored);
                case Event.Embedded(int input, float[] values) -> {
                    Float[] boxed = new Float[values.length];
                    Arrays.setAll(boxed, i -> values[i]);
                    embeddings.put(input, List.of(boxed));
                }
                case Event.Finished last -> {
                    finished = Optional.of(last);
                    ended = true;
                }
                case Event.Failed(Failure why) -> {
                    failure = Optional.of(why);
                    ended = true;
                }
            }
        }

        private Choice choice(int index) {
            return choices.computeIfAbsent(index, i -> new Choice());
        }

        Answer answer() {
            Map<Integer, Text> texts = new TreeMap<>();
            choices.forEach((index, choice) ->
                    texts.put(index, new Text(choice.text.toString(), choice.ids, choice.logprobs, choice.reason)));
            return new Answer(texts, prompt, embeddings, failure, finished);
        }

        private static final class Choice {
            final StringBuilder text = new StringBuilder();
            final List<Integer> ids = new ArrayList<>();
            final List<TokenLogprob> logprobs = new ArrayList<>();
            Optional<FinishReason> reason = Optional.empty();
        }
    }
}
