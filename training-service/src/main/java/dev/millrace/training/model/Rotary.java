package dev.millrace.training.model;

/**
 * Rotary positions: element i of a head's first half and of its second turn together, by position times frequency.
 *
 * @param base that frequencies are made from
 * @param scaling what stretches them
 * @see <a href="https://arxiv.org/abs/2104.09864">RoFormer, eq. 34</a>
 */
public record Rotary(double base, Scaling scaling) {
    /** How frequencies are stretched for contexts longer than the model was first trained with. */
    public sealed interface Scaling {
        record None() implements Scaling {}

        /** Positions are divided by {@code factor}. */
        record Linear(double factor) implements Scaling {}

        /** Llama 3.1's: low frequencies are divided by {@code factor}, high ones kept, those between blended. */
        record Llama3(double factor, double lowFactor, double highFactor, double originalContext) implements Scaling {}

        /** Each frequency is divided by a factor of its own, as a GGUF file has them. */
        @SuppressWarnings("ArrayRecordComponent") // read once, from a file, never compared
        record Factors(float[] factors) implements Scaling {}
    }

    /** Radians per position, highest first: [headSize / 2], in float32 as transformers computes them. */
    float[] frequencies(int headSize) {
        float[] frequencies = new float[headSize / 2];
        for (int i = 0; i < frequencies.length; i++) {
            float plain = (float) (1 / Math.pow(base, 2.0 * i / headSize));
            frequencies[i] = switch (scaling) {
                case Scaling.None() -> plain;
                case Scaling.Linear(double factor) -> (float) (plain / factor);
                case Scaling.Llama3 llama -> blended(plain, llama);
                case Scaling.Factors(float[] factors) -> plain / factors[i];
            };
        }
        return frequencies;
    }

    private static float blended(float frequency, Scaling.Llama3 llama) {
        double waveLength = 2 * Math.PI / frequency;
        if (waveLength > llama.originalContext / llama.lowFactor) {
            return (float) (frequency / llama.factor);
        }
        if (waveLength < llama.originalContext / llama.highFactor) {
            return frequency;
        }
        double share = (llama.originalContext / waveLength - llama.lowFactor) / (llama.highFactor - llama.lowFactor);
        return (float) ((1 - share) * frequency / llama.factor + share * frequency);
    }
}
