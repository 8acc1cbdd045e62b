package dev.millrace.inference.model;

import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What an adapter's configuration says of its matrices.
 *
 * @param rank rows of A, columns of B
 * @param scale what the product of B and A is multiplied with
 * @param targets which of a layer's matrices have a pair, by Hugging Face's names
 * @param complete whether every layer must have a pair for each of the targets; else those that the file has count
 * @param stretched whether each pair has magnitudes, as DoRA has
 */
public record AdapterSettings(int rank, float scale, Set<String> targets, boolean complete, boolean stretched) {
    /** More is a mistake, or an attempt on the memory: adapters have 4 to 128. */
    public static final int HIGHEST_RANK = 256;

    /** What an adapter may be added to, in the order of a layer's work. */
    public static final List<String> TARGETS =
            List.of("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj");

    static final Map<String, Part> PARTS = Map.of(
            "q_proj", Part.QUERY,
            "k_proj", Part.KEY,
            "v_proj", Part.VALUE,
            "o_proj", Part.ATTENTION_OUTPUT,
            "gate_proj", Part.GATE,
            "up_proj", Part.UP,
            "down_proj", Part.DOWN);

    public AdapterSettings {
        targets = Set.copyOf(targets);
        if (rank < 1 || rank > HIGHEST_RANK) {
            throw new IllegalArgumentException("r must be 1 to " + HIGHEST_RANK + ", was " + rank);
        }
        if (!Float.isFinite(scale)) {
            throw new IllegalArgumentException("lora_alpha must be a finite number");
        }
        if (!TARGETS.containsAll(targets)) {
            throw new IllegalArgumentException("target_modules must be some of " + TARGETS + ", were " + targets);
        }
    }
}
