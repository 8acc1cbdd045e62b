package dev.millrace.standalone.bench;

import dev.millrace.kernels.weights.TensorType;

/**
 * How fast the kernels multiply one kind of a model's matrices with so many tokens.
 *
 * @param role what the matrices are for
 * @param count how many the model has
 * @param bytes of one, as the kernels have packed it
 * @param tokens columns of the other side
 * @param micros of one product, the input's rounding to 8 bits included
 */
public record Product(
        String role, TensorType type, int rows, int columns, int count, long bytes, int tokens, Spread micros) {
    /** 10^9 multiply-adds a second. */
    public double gigaMacs() {
        return (double) rows * columns * tokens / micros.median() / 1e3;
    }

    /** 10^9 bytes of weights a second. */
    public double gigabytes() {
        return bytes / micros.median() / 1e3;
    }

    /** Multiply-adds for each byte of weights: where the roofline has it. */
    public double intensity() {
        return (double) rows * columns * tokens / bytes;
    }
}
