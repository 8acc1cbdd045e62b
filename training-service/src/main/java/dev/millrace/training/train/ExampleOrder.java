package dev.millrace.training.train;

import java.util.SplittableRandom;

/** Which examples a step sees: it depends on the seed and the step alone, so a run goes on anywhere as it would have. */
final class ExampleOrder {
    private final int size;
    private final TrainingSettings settings;
    private long epoch = -1;
    private int[] order = new int[0];

    ExampleOrder(int size, TrainingSettings settings) {
        this.size = size;
        this.settings = settings;
    }

    /** @param step from 0 */
    int[] of(long step) {
        long perEpoch = settings.stepsPerEpoch(size);
        if (step / perEpoch != epoch) {
            epoch = step / perEpoch;
            order = settings.shuffle() ? shuffled() : straight();
        }
        int from = Math.toIntExact(step % perEpoch) * settings.examplesPerStep();
        return java.util.Arrays.copyOfRange(order, from, Math.min(size, from + settings.examplesPerStep()));
    }

    private int[] straight() {
        int[] all = new int[size];
        for (int i = 0; i < size; i++) {
            all[i] = i;
        }
        return all;
    }

    private int[] shuffled() {
        SplittableRandom random = new SplittableRandom(settings.seed() * 1_000_003 + epoch);
        int[] all = straight();
        for (int i = size - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            int kept = all[i];
            all[i] = all[j];
            all[j] = kept;
        }
        return all;
    }
}
