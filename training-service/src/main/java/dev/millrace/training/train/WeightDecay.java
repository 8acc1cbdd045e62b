package dev.millrace.training.train;

import ai.djl.ndarray.NDArray;
import dev.millrace.training.model.Parameter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Parameters that decay, apart from those that weight decay leaves alone: biases and the weights of norms, which it would only pull
 * away from where they belong. By the names that transformers' {@code Trainer.get_decay_parameter_names} goes by.
 */
final class WeightDecay {
    private static final Pattern SPARED = Pattern.compile("bias|layernorm|rmsnorm|(^|\\.)norm($|\\.)|_norm($|\\.)");

    private final double decay;
    private final Group decayed = new Group(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    private final Group spared = new Group(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());

    /**
     * Parameters that move together.
     *
     * @param states what the optimizer remembers: lists of the same order, one for each kind
     */
    record Group(List<NDArray> values, List<NDArray> gradients, List<List<NDArray>> states) {}

    /** How an optimizer moves parameters. */
    interface Rule {
        void move(Group group, double decay);
    }

    /** @param decay of those that decay */
    WeightDecay(double decay) {
        this.decay = decay;
    }

    /** @param name of a parameter, as Hugging Face has it */
    static boolean spares(String name) {
        return SPARED.matcher(name.toLowerCase(Locale.ROOT)).find();
    }

    /** @param states of the parameter, as many as every other has */
    void add(String name, Parameter parameter, NDArray... states) {
        Group group = spares(name) ? spared : decayed;
        group.values.add(parameter.value());
        group.gradients.add(parameter.gradient());
        for (int i = 0; i < states.length; i++) {
            if (group.states.size() == i) {
                group.states.add(new ArrayList<>());
            }
            group.states.get(i).add(states[i]);
        }
    }

    /** Moves all parameters, each with its own decay. */
    void apply(Rule rule) {
        move(decayed, decay, rule);
        move(spared, 0, rule);
    }

    private static void move(Group group, double decay, Rule rule) {
        if (!group.values.isEmpty()) {
            rule.move(group, decay);
        }
    }
}
