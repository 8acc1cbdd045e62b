package dev.millrace.rag.check;

import java.util.List;

/** Says of claims whether premises support them. */
public interface ClaimClassifier {
    record Pair(String premise, String claim) {}

    /** They add up to 1. */
    record Probabilities(double supported, double contradicted, double notFound) {
        double of(Verdict verdict) {
            return switch (verdict) {
                case SUPPORTED -> supported;
                case CONTRADICTED -> contradicted;
                case NOT_FOUND -> notFound;
            };
        }
    }

    /** In the pairs' order. */
    List<Probabilities> classify(List<Pair> pairs);

    /** Above which probability a claim counts as supported; from the calibration. */
    double threshold();

    default Verdict verdict(Probabilities probabilities) {
        if (probabilities.supported() >= threshold()) {
            return Verdict.SUPPORTED;
        }
        return probabilities.contradicted() > probabilities.notFound() ? Verdict.CONTRADICTED : Verdict.NOT_FOUND;
    }
}
