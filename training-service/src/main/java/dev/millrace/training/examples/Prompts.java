package dev.millrace.training.examples;

import java.util.List;
import java.util.Set;

/**
 * What a model is asked while it is trained.
 *
 * @param ends tokens that end an answer
 */
public record Prompts(List<Prompt> prompts, Set<Integer> ends) {
    public Prompts {
        prompts = List.copyOf(prompts);
        ends = Set.copyOf(ends);
    }
}
