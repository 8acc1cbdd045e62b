package dev.millrace.training.examples;

import java.util.SplittableRandom;

/** Examples, and among them some of general ones: so many that they are a given share of all. */
public final class MixedExamples implements Examples {
    private final Examples own;
    private final Examples general;
    private final int[] chosen;

    /**
     * @param share of the general ones among all: 0 to 0.9
     * @param seed chooses them; where there are too few, some come again
     */
    public MixedExamples(Examples own, Examples general, double share, long seed) {
        this.own = own;
        this.general = general;
        this.chosen = new int[Math.toIntExact(Math.round(own.size() * share / (1 - share)))];
        SplittableRandom random = new SplittableRandom(seed);
        int[] order = new int[general.size()];
        for (int i = 0; i < chosen.length; i++) {
            int place = i % order.length;
            if (place == 0) {
                shuffle(order, random);
            }
            chosen[i] = order[place];
        }
    }

    private static void shuffle(int[] order, SplittableRandom random) {
        for (int i = 0; i < order.length; i++) {
            int j = random.nextInt(i + 1);
            order[i] = order[j];
            order[j] = i;
        }
    }

    @Override
    public int size() {
        return own.size() + chosen.length;
    }

    @Override
    public Example get(int index) {
        return index < own.size() ? own.get(index) : general.get(chosen[index - own.size()]);
    }
}
