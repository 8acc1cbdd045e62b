package dev.millrace.standalone.cli;

import dev.millrace.kernels.compute.Kernels;
import dev.millrace.standalone.bench.KernelRun;
import dev.millrace.standalone.bench.LoadPlan;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import picocli.CommandLine.Option;

/** Options that say how much is measured, and how often. */
final class BenchLoad {
    private static final List<Integer> USERS = List.of(1, 2, 4, 8, 16, 32, 64);
    private static final List<Integer> QUICK_USERS = List.of(1, 8);
    private static final int LONG_PREFILL = 8_192;

    @Option(
            names = "--users",
            split = ",",
            paramLabel = "N",
            description = "How many ask at once, one count after the other (default: 1,2,4,8,16,32,64).")
    private List<Integer> users = new ArrayList<>();

    @Option(
            names = "--prefill",
            defaultValue = "512",
            paramLabel = "N",
            description = "Tokens of the prompt whose reading is timed (default: ${DEFAULT-VALUE}).")
    private int prefill;

    @Option(names = "--long", description = "A prompt of 8,192 tokens too, or as many as the model takes.")
    private boolean longPrefill;

    @Option(
            names = "--prompt",
            defaultValue = "128",
            paramLabel = "N",
            description = "Tokens of each user's prompt (default: ${DEFAULT-VALUE}).")
    private int prompt;

    @Option(names = "--decode", paramLabel = "N", description = "Tokens of each answer (default: 128).")
    private Optional<Integer> decode = Optional.empty();

    @Option(
            names = "--prefix",
            paramLabel = "N",
            description = "Tokens that two prompts share, one after the other (default: 2000).")
    private Optional<Integer> prefix = Optional.empty();

    @Option(
            names = "--repeat",
            paramLabel = "N",
            description = "How often each is measured; the median counts (default: 3).")
    private Optional<Integer> repeat = Optional.empty();

    @Option(
            names = "--seed",
            defaultValue = "1",
            paramLabel = "N",
            description = "Of the prompts' random words (default: ${DEFAULT-VALUE}).")
    private long seed;

    @Option(
            names = "--quick",
            description = "Under a minute for a small model: fewer users, shorter answers, once each.")
    private boolean quick;

    LoadPlan plan() {
        return new LoadPlan(
                prefill,
                longPrefill ? OptionalInt.of(LONG_PREFILL) : OptionalInt.empty(),
                users.isEmpty() ? quick ? QUICK_USERS : USERS : users,
                prompt,
                decode.orElse(quick ? 32 : 128),
                quick ? 4 : 16,
                prefix.orElse(quick ? 512 : 2_000),
                repeat.orElse(quick ? 1 : 3),
                seed);
    }

    /** The kernels' own products, as thoroughly as the rest. */
    KernelRun kernels(Kernels kernels) {
        return quick
                ? new KernelRun(kernels, List.of(1, 32, 512), 1, 10)
                : new KernelRun(kernels, List.of(1, 8, 32, 128, 512), 3, 40);
    }
}
