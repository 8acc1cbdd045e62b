package dev.millrace.kernels.compute;

import java.util.Optional;

/**
 * What a caller asks of the kernels.
 *
 * @param provider {@code scalar}, {@code vector} or {@code native}; empty for the fastest that works here
 * @param threads how many threads share a call, the caller's included
 * @param activations the form in which inputs are multiplied
 */
public record KernelOptions(Optional<String> provider, int threads, Activations activations) {
    /** The form in which inputs are multiplied. */
    public enum Activations {
        /** Exact: what the tests against other implementations use. */
        FLOAT32,
        /** 8-bit blocks of 32 with a scale each: several times faster. */
        INT8
    }

    public KernelOptions {
        if (threads < 1) {
            throw new IllegalArgumentException("threads must be 1 or more, was " + threads);
        }
    }
}
