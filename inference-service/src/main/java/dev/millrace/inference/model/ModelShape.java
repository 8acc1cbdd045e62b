package dev.millrace.inference.model;

/**
 * What the rest of the engine must know of a model.
 *
 * @param architecture as its file names it: {@code llama}, {@code qwen2}, {@code qwen3}, {@code gemma3}
 * @param quantization of most of its weights: {@code Q4_1}, {@code BF16}, ...
 * @param parameters number of weights
 * @param contextTokens the most tokens that prompt and answer may have together
 * @param vocabularySize number of token ids, and of logits
 * @param width elements of a hidden state
 */
public record ModelShape(
        String architecture, String quantization, long parameters, int contextTokens, int vocabularySize, int width) {}
