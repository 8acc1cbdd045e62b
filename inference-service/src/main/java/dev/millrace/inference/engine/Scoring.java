package dev.millrace.inference.engine;

import dev.millrace.inference.cache.BlockPool;
import dev.millrace.inference.model.StepResult;
import dev.millrace.inference.sample.Sampler;
import java.util.Optional;

/** Given ids whose log-probabilities are wanted. */
final class Scoring extends Work {
    private final PromptScores scores;

    Scoring(Job job, long arrival, Request.Score request, BlockPool pool) {
        super(job, arrival, 0, request.prompt(), request.salt(), pool, Optional.empty());
        this.scores = new PromptScores(request.prompt(), request.topLogprobs());
    }

    @Override
    public int wantedFrom() {
        return Math.min(scores.nextRow(), length() - 1);
    }

    @Override
    boolean readsLogits() {
        return true;
    }

    @Override
    Progress accept(StepResult result, int row, int position, Sampler sampler, long atNanos) {
        if (position < length() - 1) {
            return scores.accept(result.logits(), row, sampler)
                    ? GOING
                    : broken(position, "its logits have no finite maximum");
        }
        job().promptRead(length(), cachedTokens(), atNanos);
        return emit(new Event.PromptScored(scores.logprobs()), new Progress.Done());
    }
}
