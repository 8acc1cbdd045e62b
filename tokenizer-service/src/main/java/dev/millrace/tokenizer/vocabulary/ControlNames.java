package dev.millrace.tokenizer.vocabulary;

import java.util.Set;

/**
 * Names that are control tokens whatever kind a GGUF file gives them, since many converted files give the wrong one. The list
 * is llama.cpp's: marks that end a turn or a text, and those around the gap that a model of code fills.
 */
final class ControlNames {
    private static final Set<String> ALWAYS = Set.of(
            "<|eot_id|>",
            "<|im_end|>",
            "<|end|>",
            "<|return|>",
            "<|call|>",
            "<|flush|>",
            "<|calls|>",
            "<end_of_turn>",
            "<|endoftext|>",
            "</s>",
            "<|eom_id|>",
            "<EOT>",
            "_<EOT>",
            "[EOT]",
            "[EOS]",
            "<eos>",
            "<|end_of_text|>",
            "<end_of_utterance>",
            "<turn|>",
            "<｜end▁of▁sentence｜>");
    private static final Set<String> FILL_IN = Set.of(
            "<|fim_prefix|>",
            "<fim-prefix>",
            "<fim_prefix>",
            "<｜fim▁begin｜>",
            "<PRE>",
            "▁<PRE>",
            "<|code_prefix|>",
            "<|fim_suffix|>",
            "<fim-suffix>",
            "<fim_suffix>",
            "<｜fim▁hole｜>",
            "<SUF>",
            "▁<SUF>",
            "<|code_suffix|>",
            "<|fim_middle|>",
            "<fim-middle>",
            "<fim_middle>",
            "<｜fim▁end｜>",
            "<MID>",
            "▁<MID>",
            "<|code_middle|>",
            "<|fim_pad|>",
            "<fim-pad>",
            "<fim_pad>",
            "<PAD>",
            "<|fim_repo|>",
            "<|repo_name|>",
            "<fim-repo>",
            "<REPO>",
            "<reponame>",
            "<|file_sep|>");

    private ControlNames() {}

    static boolean contains(String token) {
        return ALWAYS.contains(token) || FILL_IN.contains(token);
    }
}
