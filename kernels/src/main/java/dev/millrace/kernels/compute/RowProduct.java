package dev.millrace.kernels.compute;

/** How one row of weights is multiplied with all tokens: what plain Java and the Vector API do differently. */
@FunctionalInterface
interface RowProduct {
    /**
     * Each product is summed in an order that depends on {@code columns} alone.
     *
     * @param weights [columns]
     * @param inputs [tokens, columns]
     * @param out [tokens]
     */
    void multiply(float[] weights, float[] inputs, int tokens, int columns, float[] out);
}
