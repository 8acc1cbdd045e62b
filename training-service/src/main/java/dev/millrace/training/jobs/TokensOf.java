package dev.millrace.training.jobs;

import dev.millrace.training.data.Tokens;

/** The tokenizers of all models, in another process. */
public interface TokensOf {
    Tokens of(String model);
}
