package dev.millrace.inference.engine;

import dev.millrace.inference.sample.Sampler;
import dev.millrace.inference.sample.TokenLogprob;
import dev.millrace.inference.schedule.Prompt;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The log-probabilities of a prompt's tokens, each read from the logits of the token before. */
final class PromptScores {
    private final int[] ids;
    private final int top;
    private final List<TokenLogprob> logprobs = new ArrayList<>();

    PromptScores(Prompt prompt, int top) {
        this.ids = prompt.ids();
        this.top = top;
        // nothing stands before the first token
        logprobs.add(new TokenLogprob(ids[0], Float.NaN, List.of()));
    }

    /** The position whose logits are read next. */
    int nextRow() {
        return logprobs.size() - 1;
    }

    boolean complete() {
        return logprobs.size() == ids.length;
    }

    List<TokenLogprob> logprobs() {
        return logprobs;
    }

    /** Reads the logits of position {@link #nextRow()}; false if they hold no distribution. */
    boolean accept(MemorySegment logits, int row, Sampler sampler) {
        Optional<TokenLogprob> score = sampler.score(logits, row, ids[logprobs.size()], top);
        score.ifPresent(logprobs::add);
        return score.isPresent();
    }
}
