package dev.millrace.standalone.models;

import dev.millrace.kernels.compute.KernelOptions.Activations;
import dev.millrace.kernels.compute.KvType;
import dev.millrace.standalone.TestModels;
import dev.millrace.testing.TemporaryFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/**
 * What the way a model is served costs in quality: its perplexity on a text against that of exact arithmetic on the same
 * weights, and how far the next-token distributions are apart. Windows of 512 ids are read by themselves, and the second
 * half of each is scored, as llama-perplexity does.
 *
 * <pre>PerplexityBenchmark MODEL... [-DTEXT=file] [-DWINDOWS=40] [-DPROVIDER=native] [-DACTIVATIONS=INT8] [-DKV=BF16]</pre>
 */
final class PerplexityBenchmark {
    private PerplexityBenchmark() {}

    public static void main(String[] models) throws IOException {
        String file = System.getProperty("TEXT");
        String text = file == null ? VariedText.builtIn() : Files.readString(Path.of(file));
        try (TemporaryFolder cache = TemporaryFolder.named("millrace-quality")) {
            for (String model : models) {
                measure(model, text, cache.path());
            }
        }
    }

    private static void measure(String model, String text, Path cache) throws IOException {
        Path path = TestModels.path(model);
        VariedText windows = VariedText.of(text, path, Integer.getInteger("WINDOWS", 40), cache);
        System.out.printf(
                "%s: %d windows of %d, ids' SHA-256 %s%n",
                model, windows.windows(), VariedText.WINDOW, windows.sha256());
        Activations activations = Activations.valueOf(System.getProperty("ACTIVATIONS", "INT8"));
        KvType kvType = KvType.valueOf(System.getProperty("KV", "BF16"));
        long start = System.nanoTime();
        try (TwoReadings readings =
                TwoReadings.load(path, Optional.ofNullable(System.getProperty("PROVIDER")), activations, kvType)) {
            System.out.println("  " + readings.description() + "; keys and values " + kvType);
            System.out.println("  " + readings.compare(windows));
        }
        System.out.printf(Locale.ROOT, "  in %.0f s%n", (System.nanoTime() - start) / 1e9);
    }
}
