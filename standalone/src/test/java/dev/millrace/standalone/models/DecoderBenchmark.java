package dev.millrace.standalone.models;

import dev.millrace.inference.model.Backend;
import dev.millrace.inference.model.BackendOptions;
import dev.millrace.inference.model.BackendOptions.CacheSize;
import dev.millrace.inference.model.Step;
import dev.millrace.inference.models.LoadedModel;
import dev.millrace.inference.models.ModelLoader;
import dev.millrace.kernels.compute.KernelOptions;
import dev.millrace.kernels.compute.KernelOptions.Activations;
import dev.millrace.kernels.compute.KvType;
import dev.millrace.kernels.compute.Providers;
import dev.millrace.kernels.compute.TokenBatch;
import dev.millrace.standalone.TestModels;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * How fast a decoder is by itself, and what it spends its time on: prefill of 512 tokens, then decode of 128 for 1 to 64
 * sequences; -DLONG=true goes on to a prompt of 8,192, with a decode after 4,096 of them.
 *
 * <pre>DecoderBenchmark MODEL... [-DPROVIDER=native] [-DACTIVATIONS=INT8] [-DKV=BF16]</pre>
 */
final class DecoderBenchmark {
    private static final int PREFILL = 512;
    private static final int DECODE = 128;

    private DecoderBenchmark() {}

    public static void main(String[] models) throws IOException {
        int threads = Integer.getInteger("THREADS", Runtime.getRuntime().availableProcessors());
        Activations activations = Activations.valueOf(System.getProperty("ACTIVATIONS", "INT8"));
        KvType kvType = KvType.valueOf(System.getProperty("KV", "BF16"));
        for (String model : models) {
            Providers.Choice choice = Providers.choose(
                    new KernelOptions(Optional.ofNullable(System.getProperty("PROVIDER")), threads, activations));
            System.out.println(model + ": " + choice.reason() + ", keys and values of " + kvType);
            BackendOptions options = new BackendOptions(
                    OptionalInt.of(8192), kvType, new CacheSize.Tokens(64 * 2 * DECODE), 16, PREFILL);
            long start = System.nanoTime();
            try (TimedKernels kernels = new TimedKernels(choice.kernels());
                    LoadedModel loaded = new ModelLoader(options).load(model, TestModels.path(model), kernels)) {
                System.out.printf(Locale.ROOT, "  loaded in %.2f s%n", (System.nanoTime() - start) / 1e9);
                for (int round = 0; round < 3; round++) {
                    prefill(loaded.backend(), kernels, PREFILL);
                    decode(loaded.backend(), kernels, 1, 0);
                }
                decode(loaded.backend(), kernels, 1, PREFILL);
                for (int sequences : new int[] {8, 16, 32, 64}) {
                    decode(loaded.backend(), kernels, sequences, 128);
                }
                if (Boolean.getBoolean("LONG")) {
                    for (int from = 0; from < 8192; from += PREFILL) {
                        prefillFrom(loaded.backend(), kernels, from);
                        if (from + PREFILL == 4096) {
                            decodeFrom(loaded.backend(), kernels, 1, 4096, tables(loaded.backend(), 1, 4096 + DECODE));
                        }
                    }
                }
            }
        }
    }

    private static void prefill(Backend backend, TimedKernels kernels, int tokens) {
        int[][] tables = tables(backend, 1, tokens);
        long start = System.nanoTime();
        backend.forward(step(0, tokens, 0, tables));
        report("prefill of " + tokens, kernels, tokens, System.nanoTime() - start);
    }

    private static void prefillFrom(Backend backend, TimedKernels kernels, int position) {
        int[][] tables = tables(backend, 1, position + PREFILL);
        long start = System.nanoTime();
        backend.forward(step(0, PREFILL, position, tables));
        report("prefill of " + PREFILL + " from " + position, kernels, PREFILL, System.nanoTime() - start);
    }

    private static void decode(Backend backend, TimedKernels kernels, int sequences, int position) {
        int[][] tables = tables(backend, sequences, position + DECODE);
        for (int s = 0; s < sequences && position > 0; s++) {
            backend.forward(step(s, position, 0, tables));
        }
        decodeFrom(backend, kernels, sequences, position, tables);
    }

    private static void decodeFrom(Backend backend, TimedKernels kernels, int sequences, int position, int[][] tables) {
        kernels.forget();
        long start = System.nanoTime();
        for (int i = 0; i < DECODE; i++) {
            backend.forward(decode(sequences, position + i, tables));
        }
        report(
                "decode from " + position + ", " + sequences + " sequences",
                kernels,
                sequences * DECODE,
                System.nanoTime() - start);
    }

    private static int[][] tables(Backend backend, int sequences, int tokens) {
        int blocks = Math.ceilDiv(tokens, backend.blockTokens());
        return IntStream.range(0, sequences)
                .mapToObj(s -> IntStream.range(s * blocks, (s + 1) * blocks).toArray())
                .toArray(int[][]::new);
    }

    private static void report(String what, TimedKernels kernels, int tokens, long nanos) {
        System.out.printf(Locale.ROOT, "  %s: %.1f tokens/s;%s%n", what, tokens * 1e9 / nanos, kernels.report(nanos));
    }

    /** Many tokens of one sequence; logits of the last. */
    private static Step step(int sequence, int count, int position, int[][] tables) {
        return new Step(
                new TokenBatch(
                        count,
                        IntStream.range(0, count).map(i -> sequence).toArray(),
                        IntStream.range(position, position + count).toArray(),
                        tables),
                IntStream.range(0, count).map(i -> 1000 + i * 37 % 9000).toArray(),
                List.of(),
                1,
                new int[] {count - 1},
                0,
                new int[0]);
    }

    /** One token of each sequence; logits of all. */
    private static Step decode(int sequences, int position, int[][] tables) {
        int[] all = IntStream.range(0, sequences).toArray();
        return new Step(
                new TokenBatch(
                        sequences,
                        all,
                        IntStream.range(0, sequences).map(i -> position).toArray(),
                        tables),
                IntStream.range(0, sequences)
                        .map(i -> 1000 + (position + i * 101) * 37 % 9000)
                        .toArray(),
                List.of(),
                sequences,
                all,
                0,
                new int[0]);
    }
}
