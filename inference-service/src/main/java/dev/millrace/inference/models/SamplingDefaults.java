package dev.millrace.inference.models;

import dev.millrace.inference.sample.InvalidParameterException;
import dev.millrace.inference.sample.SamplingParameters;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.Collectors;

/**
 * How a model is sampled where a request doesn't say: what its makers found to suit it. What isn't here is as neutral as
 * can be: temperature 1, and nothing cut off or penalised.
 *
 * @param values each within the range that a request's has
 */
public record SamplingDefaults(Map<Parameter, Double> values) {
    public static final SamplingDefaults NONE = new SamplingDefaults(Map.of());

    /** The parameters that models come with. */
    public enum Parameter {
        TEMPERATURE("temp", 1),
        TOP_K("top_k", 0),
        TOP_P("top_p", 1),
        MIN_P("min_p", 0),
        REPETITION_PENALTY("penalty_repeat", 1);

        private final String ggufName;
        private final double neutral;

        Parameter(String ggufName, double neutral) {
            this.ggufName = ggufName;
            this.neutral = neutral;
        }

        /** Its name in requests, in {@code generation_config.json} and in settings. */
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** @throws IllegalArgumentException if there is none of that name */
        public static Parameter of(String label) {
            return Arrays.stream(values())
                    .filter(parameter -> parameter.label().equals(label))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException("there is no sampling parameter \"" + label
                            + "\", only "
                            + Arrays.stream(values()).map(Parameter::label).collect(Collectors.joining(", "))));
        }

        String ggufName() {
            return ggufName;
        }
    }

    public SamplingDefaults {
        values = Map.copyOf(values);
    }

    /**
     * The same with one more.
     *
     * @param value {@code top_k} may be -1 for 0, as model files have it
     * @throws InvalidParameterException if a request couldn't hold it either
     */
    public SamplingDefaults with(Parameter parameter, double value) {
        boolean topK = parameter == Parameter.TOP_K;
        if (topK && value != Math.rint(value)) {
            throw new InvalidParameterException(parameter.label(), "must be a whole number", value);
        }
        Map<Parameter, Double> all = new EnumMap<>(Parameter.class);
        all.putAll(values);
        all.put(parameter, topK && value == -1 ? 0 : value);
        return new SamplingDefaults(all).checked();
    }

    /** These, and of {@code others} what is missing here. */
    public SamplingDefaults or(SamplingDefaults others) {
        Map<Parameter, Double> all = new EnumMap<>(Parameter.class);
        all.putAll(others.values);
        all.putAll(values);
        return new SamplingDefaults(all);
    }

    public float temperature() {
        return (float) value(Parameter.TEMPERATURE);
    }

    public int topK() {
        return (int) value(Parameter.TOP_K);
    }

    public float topP() {
        return (float) value(Parameter.TOP_P);
    }

    public float minP() {
        return (float) value(Parameter.MIN_P);
    }

    public float repetitionPenalty() {
        return (float) value(Parameter.REPETITION_PENALTY);
    }

    /** As settings have it: "temperature:0.7 top_k:20". */
    @Override
    public String toString() {
        return Arrays.stream(Parameter.values())
                .filter(values::containsKey)
                .map(parameter -> parameter.label() + ":" + written(parameter))
                .collect(Collectors.joining(" "));
    }

    private String written(Parameter parameter) {
        return parameter == Parameter.TOP_K ? Integer.toString(topK()) : Float.toString((float) value(parameter));
    }

    private double value(Parameter parameter) {
        return values.getOrDefault(parameter, parameter.neutral);
    }

    /** Holds them to the rules of a request. */
    private SamplingDefaults checked() {
        new SamplingParameters(
                temperature(), topK(), topP(), minP(), repetitionPenalty(), 0, 0, Map.of(), 0, OptionalInt.empty());
        return this;
    }
}
