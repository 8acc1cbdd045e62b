package dev.millrace.kernels.compute;

import java.util.List;

/** The providers that the tests hold to what {@link Kernels} promises. */
final class ProviderNames {
    static final List<String> ALL = List.of("scalar", "vector", "native");

    private ProviderNames() {}
}
