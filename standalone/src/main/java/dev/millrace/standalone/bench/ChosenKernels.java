package dev.millrace.standalone.bench;

import dev.millrace.kernels.compute.KernelOptions;
import dev.millrace.kernels.compute.KernelOptions.Activations;
import dev.millrace.kernels.compute.Providers;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** The kernels that the inference service would take, by the same settings. */
public final class ChosenKernels {
    private ChosenKernels() {}

    /** How many threads share a call. */
    public static int threads(Map<String, String> environment) {
        int set = setting(environment, "THREADS").map(Integer::valueOf).orElse(0);
        return set == 0 ? Runtime.getRuntime().availableProcessors() : set;
    }

    /** @throws IllegalArgumentException if a setting makes no sense, or names kernels that don't work here */
    public static Providers.Choice open(Map<String, String> environment) {
        return Providers.choose(new KernelOptions(
                asked(environment),
                threads(environment),
                setting(environment, "ACTIVATIONS")
                        .map(name -> Activations.valueOf(name.toUpperCase(Locale.ROOT)))
                        .orElse(Activations.INT8)));
    }

    /** Those that somebody asks for by name. */
    public static Optional<String> asked(Map<String, String> environment) {
        return setting(environment, "KERNELS");
    }

    private static Optional<String> setting(Map<String, String> environment, String name) {
        return Optional.ofNullable(environment.get("MILLRACE_INFERENCE_" + name))
                .filter(value -> !value.isBlank());
    }
}
