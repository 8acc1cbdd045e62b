package dev.millrace.training.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.millrace.training.torch.Scope;
import dev.millrace.training.torch.Torch;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * The trained matrices of an adapter: for each target module ({@code model.layers.0.self_attn.q_proj}) A, [rank, inputs],
 * and B, [outputs, rank]. Their product, scaled, is added to what the frozen matrix gives. DoRA's has a magnitude for each
 * output, too: the sum's row is brought to that length.
 */
public final class LoraAdapter implements Trained {
    /** Name of a reward model's head, as transformers has it. */
    public static final String SCORE = "score.weight";

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

    /** Name of a module's magnitudes. */
    public static String nameOfMagnitudes(String module) {
        return module + ".lora_magnitude_vector";
    }

    /**
     * A fresh adapter, which changes nothing yet: A is uniform between plus and minus one over the square root of its inputs
     * (Kaiming with a = sqrt 5, as PEFT starts it), B is 0; magnitudes are the lengths of the frozen matrix's rows.
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
            if (settings.form() == LoraSettings.Form.DORA) {
                try (Scope scope = torch.scope()) {
                    float[] lengths = Arrays64.floats(adapter.lengths(scope, module, weight));
                    adapter.put(nameOfMagnitudes(module), lengths, new Shape(weight.outputs()), manager, type);
                }
            }
        });
        return adapter;
    }

    /**
     * Adds a head that makes one number of a hidden state, drawn from a normal distribution with the deviation 1 / sqrt(width + 1).
     *
     * @see <a href="https://arxiv.org/abs/2009.01325">Learning to summarize from human feedback, appendix B.1</a>
     */
    void addScore(int width, Torch torch, DataType type, long seed) {
        SplittableRandom random = new SplittableRandom(seed * 31 + 7);
        float[] values = new float[width];
        for (int i = 0; i < width; i++) {
            values[i] = (float) (random.nextGaussian() / Math.sqrt(width + 1.0));
        }
        put(SCORE, values, new Shape(1, width), torch.root(), type);
    }

    /** Whether it gives texts a number. */
    public boolean scores() {
        return parameters.containsKey(SCORE);
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

    /** Of a module, if this is DoRA's. */
    Optional<Parameter> magnitudes(String module) {
        return parameter(nameOfMagnitudes(module));
    }

    /** How long the rows are of the frozen matrix and the scaled product together: [outputs]. */
    NDArray lengths(Scope scope, String module, Weight weight) {
        NDArray up = b(module).value();
        return scope.call("row_lengths", weight.open(scope), up, a(module).value(), settings.scale());
    }
}
