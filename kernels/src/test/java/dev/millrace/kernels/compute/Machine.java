package dev.millrace.kernels.compute;

import dev.millrace.kernels.compute.KernelOptions.Activations;
import java.util.Optional;

/** What benchmarks run on. */
final class Machine {
    private Machine() {}

    /** A provider's kernels on all cores. */
    static Kernels kernels(String provider, Activations activations) {
        int threads = Runtime.getRuntime().availableProcessors();
        return Providers.choose(new KernelOptions(Optional.of(provider), threads, activations))
                .kernels();
    }
}
