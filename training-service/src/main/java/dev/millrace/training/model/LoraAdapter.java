package dev.millrace.training.model;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.millrace.training.torch.Torch;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * The trained matrices of an adapter: for each target module ({@code model.layers.0.self_attn.q_proj}) A, [rank, inputs],
 * and B, [outputs, rank]. Their product, scaled, is added to what the frozen matrix gives.
 */
public final class LoraAdapter implements Trained {
    private final LoraSettings settings;
    private final Map<String, Parameter> parameters = new LinkedHashMap<>();

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
            LoraSettings settings, Map<String, Weight> modules, Torch torch, DataType type, long seed) {
        LoraAdapter adapter = new LoraAdapter(settings);
        SplittableRandom random = new SplittableRandom(seed);
        int rank = settings.rank();
        NDManager manager = torch.root();
        modules.forEach((module, weight) -> {
            double bound = 1 / Math.sqrt((double) weight.inputs());
            float[] a = new float[Math.toIntExact(rank * weight.inputs())];
            for (int i = 0; i < a.length; i++) {
                a[i] = (float) random.nextDouble(-bound, bound);
            }
            adapter.put(nameOfA(module), a, new Shape(rank, weight.inputs()), manager, type);
            adapter.parameters.put(nameOfB(module), Parameter.zero(manager, new Shape(weight.outputs(), rank), type));
        });
        return adapter;
    }

    private void put(String name, float[] values, Shape shape, NDManager manager, DataType type) {
        parameters.put(name, Parameter.zero(manager, shape, type));
        set(name, values);
    }

    public LoraSettings settings() {
        return settings;
    }

    @Override
    public Map<String, Parameter> parameters() {
        return Collections.unmodifiableMap(parameters);
    }

    /**
     * Overwrites a matrix.
     *
     * @throws IllegalArgumentException if the adapter has none of that name, or it is of another size
     */
    public void set(String name, float[] values) {
        Parameter parameter = parameters.get(name);
        if (parameter == null || parameter.value().size() != values.length) {
            throw new IllegalArgumentException("\"" + name + "\" of " + values.length
                    + " elements is not of this adapter, whose matrix of that name has "
                    + (parameter == null ? "none" : parameter.value().size()));
        }
        Arrays64.copy(values, parameter.value());
    }

    /** Whether there is one beside that module. */
    boolean beside(String module) {
        return parameters.containsKey(nameOfA(module));
    }

    Parameter a(String module) {
        return parameter(nameOfA(module)).orElseThrow();
    }

    Parameter b(String module) {
        return parameter(nameOfB(module)).orElseThrow();
    }
}
