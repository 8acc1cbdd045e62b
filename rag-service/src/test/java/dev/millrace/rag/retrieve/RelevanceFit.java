package dev.millrace.rag.retrieve;

import dev.millrace.rag.index.Nearness;
import java.util.List;

/** Logistic regression of whether a question is answered, on how near its likeliest passage is. */
final class RelevanceFit {
    private static final int ROUNDS = 4;
    private static final int STEPS = 4_000;
    private static final double RATE = 0.5;

    private RelevanceFit() {}

    /**
     * A question that was asked.
     *
     * @param found  what was found, not empty
     * @param weight of the question among all
     */
    record Example(List<Nearness> found, boolean answered, double weight) {}

    /** Which passage is likeliest depends on what is fitted: so in rounds. */
    static Relevance of(List<Example> examples) {
        Relevance fitted = new Relevance(0, 1, 0.5);
        for (int round = 0; round < ROUNDS; round++) {
            double[][] features = new double[examples.size()][];
            for (int i = 0; i < features.length; i++) {
                Nearness likeliest = likeliest(examples.get(i).found(), fitted);
                features[i] = new double[] {likeliest.cosine(), likeliest.words()};
            }
            fitted = regression(features, examples);
        }
        return fitted;
    }

    static Nearness likeliest(List<Nearness> found, Relevance by) {
        Nearness likeliest = found.getFirst();
        for (Nearness one : found) {
            if (by.of(one) > by.of(likeliest)) {
                likeliest = one;
            }
        }
        return likeliest;
    }

    private static Relevance regression(double[][] features, List<Example> examples) {
        double all = examples.stream().mapToDouble(Example::weight).sum();
        double[] mean = new double[2];
        double[] spread = new double[2];
        for (int d = 0; d < 2; d++) {
            for (int i = 0; i < features.length; i++) {
                mean[d] += examples.get(i).weight() * features[i][d] / all;
            }
            for (int i = 0; i < features.length; i++) {
                spread[d] += examples.get(i).weight() * Math.pow(features[i][d] - mean[d], 2) / all;
            }
            spread[d] = Math.sqrt(spread[d]);
        }
        double base = 0;
        double[] weights = new double[2];
        for (int step = 0; step < STEPS; step++) {
            double baseSlope = 0;
            double[] slope = new double[2];
            for (int i = 0; i < features.length; i++) {
                double a = (features[i][0] - mean[0]) / spread[0];
                double b = (features[i][1] - mean[1]) / spread[1];
                double probability = 1 / (1 + Math.exp(-(base + weights[0] * a + weights[1] * b)));
                double error = ((examples.get(i).answered() ? 1 : 0) - probability)
                        * examples.get(i).weight()
                        / all;
                baseSlope += error;
                slope[0] += error * a;
                slope[1] += error * b;
            }
            base += RATE * baseSlope;
            weights[0] += RATE * slope[0];
            weights[1] += RATE * slope[1];
        }
        return new Relevance(
                base - weights[0] * mean[0] / spread[0] - weights[1] * mean[1] / spread[1],
                weights[0] / spread[0],
                weights[1] / spread[1]);
    }
}
