package dev.millrace.kernels.compute;

import java.util.Locale;
import java.util.Optional;
import java.util.StringJoiner;

/** Chooses the provider of {@link Kernels}, once, at start. */
public final class Providers {
    private Providers() {}

    /**
     * What was chosen.
     *
     * @param kernels to be closed by the caller
     * @param reason for the log: which provider, and why not those that come before it
     */
    public record Choice(Kernels kernels, String reason) {}

    /** Either a provider or why there is none. */
    sealed interface Offer {
        record Works(Kernels kernels) implements Offer {}

        record Absent(String reason) implements Offer {}
    }

    /** Fastest first. */
    private enum Provider {
        NATIVE,
        VECTOR,
        SCALAR;

        String title() {
            return name().toLowerCase(Locale.ROOT);
        }

        Offer offer(KernelOptions options) {
            return switch (this) {
                case NATIVE -> openNative(options);
                case VECTOR ->
                    ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent()
                            ? new Offer.Works(new VectorKernels(options.threads()))
                            : new Offer.Absent("started without --add-modules jdk.incubator.vector");
                case SCALAR -> new Offer.Works(new ScalarKernels(options.threads()));
            };
        }
    }

    private static Offer openNative(KernelOptions options) {
        try {
            return new Offer.Works(NativeKernels.open(options));
        } catch (NativeUnavailableException e) {
            return new Offer.Absent(e.reason());
        }
    }

    /**
     * The provider that {@code options} names, or else the fastest that works here.
     *
     * @throws IllegalArgumentException if it names none that exists, or one that doesn't work here: the message says why
     */
    public static Choice choose(KernelOptions options) {
        Optional<String> wanted = options.provider();
        StringJoiner skipped = new StringJoiner("; ");
        for (Provider provider : Provider.values()) {
            if (wanted.isPresent() && !wanted.get().equals(provider.title())) {
                continue;
            }
            switch (provider.offer(options)) {
                case Offer.Works(Kernels kernels) -> {
                    String why = wanted.isPresent() ? "asked for" : "the fastest that works here";
                    String others = skipped.length() == 0 ? "" : " (" + skipped + ")";
                    return new Choice(kernels, kernels.description() + ", " + why + others);
                }
                case Offer.Absent(String reason) -> skipped.add("not " + provider.title() + ": " + reason);
            }
        }
        if (skipped.length() > 0) {
            throw new IllegalArgumentException("kernels asked for don't work here: " + skipped);
        }
        throw new IllegalArgumentException(
                "provider is \"" + wanted.orElse("") + "\", expected scalar, vector or native");
    }
}
