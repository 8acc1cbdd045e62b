package dev.millrace.inference.sample;

import java.util.Optional;

/** What a row of logits leads to. */
public sealed interface Sampled {
    /** The chosen token. */
    record Token(int id, Optional<TokenLogprob> logprob) implements Sampled {}

    /** The row holds no distribution: a logit is NaN or infinite, or none is left. */
    record Broken(String reason) implements Sampled {}
}
