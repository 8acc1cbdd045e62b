package dev.millrace.training.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * The trained matrices of an adapter: for each target module ({@code model.layers.0.self_attn.q_proj}) A, [rank, inputs],
 * and B, [outputs, rank]. Their product, scaled, is added to what the frozen matrix gives.
 */
public final class LoraAdapter {
    private final LoraSettings settings;
    private final Map<String, NDArray> parameters = new LinkedHashMap<>();

    private LoraAdapter(LoraSettings settings) {
        this.settings = settings;
    }

    /** Name of a module's A, as PEFT has it but for its prefix. */
    public static String nameOfA(String module) {
        return module + ".lora_A.weight";
    }

    /** Name of a module's B. */
    public static String nameOfB(String module) {
        return module + ".lora_B.weight";
    }

    /**
     * A fresh adapter, which changes nothing yet: A is uniform between plus and minus one over the square root of its inputs
     * (Kaiming with a = sqrt 5, as PEFT starts it), B is 0.
     *
     * @param seed the same one gives the same adapter on any machine
     */
    static LoraAdapter fresh(
            LoraSettings settings, Map<String, long[]> modules, NDManager manager, DataType type, long seed) {
        LoraAdapter adapter = new LoraAdapter(settings);
        SplittableRandom random = new SplittableRandom(seed);
        int rank = settings.rank();
        modules.forEach((module, shape) -> {
            double bound = 1 / Math.sqrt((double) shape[1]);
            float[] a = new float[Math.toIntExact(rank * shape[1])];
            for (int i = 0; i < a.length; i++) {
                a[i] = (float) random.nextDouble(-bound, bound);
            }
            adapter.put(nameOfA(module), a, new Shape(rank, shape[1]), manager, type);
            float[] b = new float[Math.toIntExact(rank * shape[0])];
            adapter.put(nameOfB(module), b, new Shape(shape[0], rank), manager, type);
        });
        return adapter;
    }

    private void put(String name, float[] values, Shape shape, NDManager manager, DataType type) {
        NDArray parameter = manager.create(shape, type);
        parameter.setRequiresGradient(true);
        parameters.put(name, parameter);
        set(name, values);
    }

    public LoraSettings settings() {
        return settings;
    }

    /** All matrices by name, in a fixed order. */
    public Map<String, NDArray> parameters() {
        return Collections.unmodifiableMap(parameters);
    }

    /**
     * Overwrites a matrix.
     *
     * @throws IllegalArgumentException if the adapter has none of that name, or it is of another size
     */
    public void set(String name, float[] values) {
        NDArray parameter = parameters.get(name);
        if (parameter == null || parameter.size() != values.length) {
            throw new IllegalArgumentException("\"" + name + "\" of " + values.length
                    + " elements is not of this adapter, whose matrix of that name has "
                    + (parameter == null ? "none" : parameter.size()));
        }
        Arrays64.copy(values, parameter);
    }

    Optional<NDArray> a(String module) {
        return Optional.ofNullable(parameters.get(nameOfA(module)));
    }

    NDArray b(String module) {
        NDArray b = parameters.get(nameOfB(module));
        if (b == null) {
            throw new IllegalStateException(module + " has an A and no B");
        }
        return b;
    }
}
