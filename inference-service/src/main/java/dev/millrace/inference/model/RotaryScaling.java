package dev.millrace.inference.model;

/** How rotary frequencies are stretched for contexts longer than the model was first trained with. */
public sealed interface RotaryScaling {
    /**
     * The scaled frequencies.
     *
     * @param frequencies [rotated / 2] radians per position, highest first; unscaled
     * @param base that the frequencies were made from
     */
    float[] scale(float[] frequencies, double base);

    /** What cosines and sines are multiplied with. */
    default float magnitude() {
        return 1;
    }

    record None() implements RotaryScaling {
        @Override
        public float[] scale(float[] frequencies, double base) {
            return frequencies.clone();
        }
    }

    /** Positions are divided by {@code factor}. */
    record Linear(double factor) implements RotaryScaling {
        @Override
        public float[] scale(float[] frequencies, double base) {
            float[] scaled = frequencies.clone();
            for (int i = 0; i < scaled.length; i++) {
                scaled[i] /= (float) factor;
            }
            return scaled;
        }
    }

    /**
     * Llama 3.1's: low frequencies are divided by {@code factor}, high ones kept, those between blended.
     *
     * @param originalContext tokens that the model was first trained with
     */
    record Llama3(double factor, double lowFactor, double highFactor, double originalContext) implements RotaryScaling {
        @Override
        public float[] scale(float[] frequencies, double base) {
            float[] scaled = frequencies.clone();
            for (int i = 0; i < scaled.length; i++) {
                double waveLength = 2 * Math.PI / frequencies[i];
                if (waveLength > originalContext / lowFactor) {
                    scaled[i] = (float) (frequencies[i] / factor);
                } else if (waveLength >= originalContext / highFactor) {
                    double share = (originalContext / waveLength - lowFactor) / (highFactor - lowFactor);
                    scaled[i] = (float) ((1 - share) * frequencies[i] / factor + share * frequencies[i]);
                }
            }
            return scaled;
        }
    }

    /**
     * YaRN: dimensions that turn less than {@code betaSlow} times over the original context are interpolated, those that
     * turn more than {@code betaFast} times kept, those between blended.
     *
     * @param magnitude what cosines and sines are multiplied with
     * @see <a href="https://arxiv.org/abs/2309.00071">YaRN, section 3.2</a>
     */
    record Yarn(double factor, double originalContext, double betaFast, double betaSlow, float magnitude)
            implements RotaryScaling {
        /** The magnitude that the paper recommends for a factor. */
        public static float recommendedMagnitude(double factor) {
            return factor <= 1 ? 1 : (float) (0.1 * Math.log(factor) + 1);
        }

        @Override
        public float[] scale(float[] frequencies, double base) {
            int rotated = 2 * frequencies.length;
            double low = Math.max(Math.floor(dimensionTurning(betaFast, rotated, base)), 0);
            double high = Math.min(Math.ceil(dimensionTurning(betaSlow, rotated, base)), rotated - 1);
            double span = low == high ? 0.001 : high - low;
            float[] scaled = frequencies.clone();
            for (int i = 0; i < scaled.length; i++) {
                double interpolated = Math.clamp((i - low) / span, 0, 1);
                scaled[i] = (float) (frequencies[i] / factor * interpolated + frequencies[i] * (1 - interpolated));
            }
            return scaled;
        }

        /** The dimension, as a real number, that turns so many times over the original context. */
        private double dimensionTurning(double turns, int rotated, double base) {
            return rotated * Math.log(originalContext / (turns * 2 * Math.PI)) / (2 * Math.log(base));
        }
    }
}
