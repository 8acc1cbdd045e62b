package dev.millrace.kernels.compute;

/** The activation that gates a feed-forward layer. */
public enum Gate {
    /** x * sigmoid(x). */
    SILU,
    /** GELU in its tanh form, as {@code gelu_pytorch_tanh}. */
    GELU_TANH
}
