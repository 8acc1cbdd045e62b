package dev.millrace.inference.sample;

import java.util.List;

/**
 * How likely the model held a token to be, before bias, penalties and temperature.
 *
 * @param logprob natural logarithm; NaN for a token that nothing stands before
 * @param top the most likely tokens there, most likely first
 */
public record TokenLogprob(int id, float logprob, List<TokenLogprob> top) {
    public TokenLogprob {
        top = List.copyOf(top);
    }
}
