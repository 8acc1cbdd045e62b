package dev.millrace.training.train;

/**
 * What a model says to a prompt.
 *
 * @param step after which it says so; 0 for the model as it was
 * @param prompt its place among the prompts
 * @param ids with the token that ends it, where it came to an end
 */
@SuppressWarnings("ArrayRecordComponent") // on its way to a reader
public record Answer(long step, int prompt, int[] ids) {}
