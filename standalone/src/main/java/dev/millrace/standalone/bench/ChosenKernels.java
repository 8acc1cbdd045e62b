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
        int set = Integer.parseInt(environment.getOrDefault("MILLRACE_INFERENCE_THREADS", "0"));
        return set == 0 ? Runtime.getRuntime().availableProcessors() : set;
    }

    /** @throws IllegalArgumentException if a setting makes no sense, or names kernels that don't work here */
    public static Providers.Choice open(Map<String, String> environment) {
        String activations = environment.getOrDefault("MILLRACE_INFERENCE_ACTIVATIONS", "int8");
        return Providers.choose(new KernelOptions(
                Optional.ofNullable(environment.get("MILLRACE_INFERENCE_KERNELS"))
                        .filter(name -> !name.isBlank()),
                threads(environment),
                Activations.valueOf(activations.toUpperCase(Locale.ROOT))));
    }
}
