package dev.millrace.training.train;

import java.util.Locale;
import java.util.regex.Pattern;

/**
 * What weight decay leaves alone: biases and the weights of norms, which it would only pull away from where they belong. By the
 * names that transformers' {@code Trainer.get_decay_parameter_names} goes by.
 */
final class WeightDecay {
    private static final Pattern SPARED = Pattern.compile("bias|layernorm|rmsnorm|(^|\\.)norm($|\\.)|_norm($|\\.)");

    private WeightDecay() {}

    /** @param name of a parameter, as Hugging Face has it */
    static boolean spares(String name) {
        return SPARED.matcher(name.toLowerCase(Locale.ROOT)).find();
    }
}
