package dev.millrace.inference.models;

import java.util.Set;

/**
 * Tokens that end an answer by their name alone: files often declare one of several, and a model that is not stopped at
 * the others talks on in the user's place. The list is llama.cpp's (llama-vocab.cpp, {@code special_eog_ids}).
 */
final class EndTokens {
    private static final Set<String> NAMES = Set.of(
            "<|eot_id|>",
            "<|im_end|>",
            "<|end|>",
            "<|return|>",
            "<|call|>",
            "<|flush|>",
            "<|calls|>",
            "<end_of_turn>",
            "<|endoftext|>",
            "<|end_of_text|>",
            "<|eom_id|>",
            "<EOT>",
            "_<EOT>",
            "< EOT >",
            "[EOT]",
            "[EOS]",
            "<end_of_utterance>",
            "<eos>",
            "</s>",
            // of code models: the end of what was to be filled in
            "<|fim_pad|>",
            "<fim-pad>",
            "<fim_pad>",
            "<|fim_repo|>",
            "<|repo_name|>",
            "<fim-repo>",
            "<reponame>",
            "<|file_sep|>");

    private EndTokens() {}

    static boolean contains(String token) {
        return NAMES.contains(token);
    }
}
