package dev.millrace.training.method;

/** A mean that goes on: parts of a step are joined. */
public record Mean(double sum, double count) {
    /** Of one value. */
    static Mean of(double value) {
        return new Mean(value, 1);
    }

    public Mean and(Mean other) {
        return new Mean(sum + other.sum, count + other.count);
    }

    public double value() {
        return sum / count;
    }
}
