package dev.millrace.inference.engine;

import dev.millrace.inference.cache.BlockPool;
import dev.millrace.inference.model.StepResult;
import dev.millrace.inference.sample.Sampled;
import dev.millrace.inference.sample.Sampler;
import dev.millrace.inference.sample.SamplingState;
import dev.millrace.inference.sample.TokenLogprob;
import dev.millrace.inference.schedule.Sequence;
import dev.millrace.inference.text.StopStrings;
import dev.millrace.inference.text.TextDecoder;
import dev.millrace.inference.text.Vocabulary;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** One answer to a prompt as it grows. */
final class Choice extends Work {
    private final int index;
    private final int promptTokens;
    private final int maxTokens;
    private final int minTokens;
    private final Set<Integer> ends;
    private final SamplingState sampling;
    private final TextDecoder decoder;
    private final StopStrings stops;
    private final Optional<PromptScores> promptScores;
    private final Optional<PromptLookup> lookup;
    private int generated;

    /**
     * @param maxTokens as many as the request and the context allow
     * @param costs what drafts cost, if any are to be tried
     */
    Choice(
            Job job,
            long arrival,
            Request.Generate request,
            int index,
            int maxTokens,
            Vocabulary vocabulary,
            BlockPool pool,
            Optional<StepCosts> costs,
            Optional<Sequence> leader) {
        super(job, arrival, request.priority(), request.prompt(), request.salt(), pool, leader);
        StopConditions stop = request.stop();
        this.index = index;
        this.promptTokens = request.prompt().ids().length;
        this.maxTokens = maxTokens;
        this.minTokens = stop.minTokens();
        this.ends = ends(stop, vocabulary);
        this.sampling = new SamplingState(
                request.sampling(), index, ends, request.prompt().ids());
        this.decoder = new TextDecoder(vocabulary);
        this.stops = new StopStrings(stop.strings(), stop.includeStopString());
        this.promptScores = request.promptLogprobs() && index == 0
                ? Optional.of(new PromptScores(
                        request.prompt(), request.sampling().topLogprobs().orElse(0)))
                : Optional.empty();
        this.lookup = costs.map(known -> new PromptLookup(promptTokens, known));
    }

    private static Set<Integer> ends(StopConditions stop, Vocabulary vocabulary) {
        Set<Integer> ends = new HashSet<>(stop.tokenIds());
        if (!stop.ignoreEos()) {
            ends.addAll(vocabulary.ends());
        }
        return Set.copyOf(ends);
    }

    @Override
    public int wantedFrom() {
        int last = length() - 1;
        return promptScores.map(scores -> Math.min(scores.nextRow(), last)).orElse(last);
    }

    @Override
    protected int draft(int[] ids, int length, int rows, int most) {
        // the last token that may come follows from what comes before it: no draft is of use in its place
        int useful = Math.min(most, maxTokens - generated - 1);
        int drafts = lookup.isPresent() ? lookup.get().draft(ids, length, rows, useful) : 0;
        for (int i = 0; i < drafts; i++) {
            if (ends.contains(ids[length + i])) {
                return i;
            }
        }
        return drafts;
    }

    @Override
    protected void drafted(int drafts, int accepted) {
        job().drafted(drafts, accepted);
        if (lookup.isPresent()) {
            lookup.get().settle(drafts, accepted);
        }
    }

    @Override
    boolean readsLogits() {
        return true;
    }

    @Override
    Progress accept(StepResult result, int row, int position, Sampler sampler, long atNanos) {
        if (promptScores.isPresent() && !promptScores.get().complete()) {
            PromptScores scores = promptScores.get();
            if (position < promptTokens - 1 && !scores.accept(result.logits(), row, sampler)) {
                return broken(position, "its logits have no finite maximum");
            }
            if (scores.complete()
                    && emit(new Event.PromptScored(scores.logprobs()), GOING) instanceof Progress.Broken broken) {
                return broken;
            }
        }
        if (position < length() - 1) {
            return GOING;
        }
        if (generated == 0) {
            // further choices share the first one's prompt: it counts once
            boolean first = index == 0;
            job().promptRead(first ? promptTokens : 0, first ? cachedTokens() : 0, atNanos);
        }
        return switch (sampler.sample(result.logits(), row, sampling, length(), generated >= minTokens)) {
            case Sampled.Broken(String reason) -> broken(position, reason);
            case Sampled.Token(int id, Optional<TokenLogprob> logprob) -> grow(id, logprob, atNanos);
        };
    }

    private Progress grow(int id, Optional<TokenLogprob> logprob, long atNanos) {
        append(id);
        sampling.add(id);
        generated++;
        job().generated();
        if (ends.contains(id)) {
            // the end token is no part of the answer
            return finish("", new FinishReason.StopId(id), List.of(), List.of(), atNanos);
        }
        List<Integer> ids = List.of(id);
        List<TokenLogprob> logprobs = logprob.map(List::of).orElse(List.of());
        return switch (stops.accept(decoder.accept(id), generated >= minTokens)) {
            case StopStrings.Outcome.Stopped(String text, String stop) ->
                last(text, new FinishReason.StopString(stop), ids, logprobs, atNanos);
            case StopStrings.Outcome.Going(String text)
            when generated >= maxTokens -> finish(text, new FinishReason.Length(), ids, logprobs, atNanos);
            case StopStrings.Outcome.Going(String text) ->
                emit(new Event.Delta(index, text, ids, logprobs, atNanos), GOING);
        };
    }

    /** Ends the answer with what was held back. */
    private Progress finish(
            String text, FinishReason reason, List<Integer> ids, List<TokenLogprob> logprobs, long atNanos) {
        return switch (stops.accept(decoder.end(), true)) {
            case StopStrings.Outcome.Stopped(String rest, String stop) ->
                last(text + rest, new FinishReason.StopString(stop), ids, logprobs, atNanos);
            case StopStrings.Outcome.Going(String rest) ->
                last(text + rest + stops.end(), reason, ids, logprobs, atNanos);
        };
    }

    private Progress last(
            String text, FinishReason reason, List<Integer> ids, List<TokenLogprob> logprobs, long atNanos) {
        if ((!text.isEmpty() || !ids.isEmpty())
                && emit(new Event.Delta(index, text, ids, logprobs, atNanos), GOING)
                        instanceof Progress.Broken broken) {
            return broken;
        }
        return emit(new Event.ChoiceFinished(index, reason), new Progress.Done());
    }
}
