package dev.millrace.standalone.bench;

import dev.millrace.kernels.compute.MachinePeaks;
import dev.millrace.kernels.weights.TensorType;
import dev.millrace.standalone.bench.LoadFigures.Newcomer;
import dev.millrace.standalone.bench.LoadFigures.Prefill;
import dev.millrace.standalone.bench.LoadFigures.SharedPrefix;
import dev.millrace.standalone.bench.LoadFigures.Users;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** A benchmark as it might have come out. */
final class Figures {
    static final LoadPlan PLAN =
            new LoadPlan(512, OptionalInt.of(8192), List.of(1, 2, 4, 8, 16, 32, 64), 128, 128, 16, 2000, 3, 1);

    /** 400 GMAC/s and 20 GB/s: shares are easy to see. */
    static final MachinePeaks PEAKS = new MachinePeaks("avx512", 2, 400, 100, 20);

    /** A layer of 100, a head of 50 million multiply-adds; 80 MB of weights. */
    static final ModelCost COST = new ModelCost(100_000_000, 50_000_000, 80_000_000);

    private Figures() {}

    static BenchReport alone() {
        return report(List.of(server("Millrace", 1)));
    }

    static BenchReport compared() {
        return report(List.of(server("Millrace", 1), server("127.0.0.1:8081 <llama>", 0.5)));
    }

    private static BenchReport report(List<LoadFigures> servers) {
        List<Product> products = new ArrayList<>();
        for (int tokens : new int[] {1, 8, 32, 128, 512}) {
            double macs = 576.0 * 1536 * tokens;
            double bytes = 576 * 1536 * 0.625;
            double micros = Math.max(bytes / 15_000, macs / 240_000);
            products.add(new Product(
                    "ffn_down",
                    TensorType.Q4_1,
                    576,
                    1536,
                    30,
                    (long) bytes,
                    tokens,
                    new Spread(micros, micros * 0.98, micros * 1.1, 3)));
        }
        for (int tokens : new int[] {1, 8, 32}) {
            double macs = 49152.0 * 576 * tokens;
            double bytes = 49152 * 576 * 1.0625;
            double micros = Math.max(bytes / 18_500, macs / 170_000);
            products.add(new Product(
                    "token_embd",
                    TensorType.Q8_0,
                    49152,
                    576,
                    1,
                    (long) bytes,
                    tokens,
                    new Spread(micros, micros, micros, 3)));
        }
        return new BenchReport(
                Instant.parse("2026-11-26T10:00:00Z"),
                "0.1.0",
                new Machine(
                        "Some Processor <9>",
                        2,
                        "Linux amd64",
                        "25.0.3",
                        "native: C (avx512), 8-bit activations, 2 threads, the fastest that works here",
                        PEAKS),
                PLAN,
                List.of(new ModelFigures(
                        "smollm2-135m",
                        "llama Q4_1, context of 8192 tokens",
                        Optional.of(new Loading(812, 240, 160_000_000)),
                        Optional.of(new KernelFigures(COST, products)),
                        1_350_000_000,
                        servers)));
    }

    private static LoadFigures server(String title, double speed) {
        List<Users> users = new ArrayList<>();
        for (int count : PLAN.users()) {
            double rate = speed * 100 * Math.pow(count, 0.5);
            users.add(new Users(
                    count,
                    128,
                    128,
                    new Spread(rate, rate * 0.9, rate * 1.05, 3),
                    new Spread(rate * 0.8, rate * 0.7, rate * 0.9, 3),
                    Spread.of(100.0 * count)));
        }
        return new LoadFigures(
                Server.at(title, "http://127.0.0.1:8080", Optional.empty(), "smollm2-135m"),
                Optional.of(new Prefill(512, Spread.of(512 / speed), Spread.of(1000 * speed))),
                Optional.of(new Prefill(8191, Spread.of(11_000 / speed), Spread.of(745 * speed))),
                users,
                Optional.of(new Newcomer(
                        16,
                        512,
                        Spread.of(512 / speed),
                        Spread.of(740 / speed),
                        new Gaps(41, 48, 55, 900),
                        new Gaps(96, 140, 171.5, 120))),
                Optional.of(new SharedPrefix(2000, 1984, Spread.of(2310 / speed), Spread.of(31 / speed), 10 / speed)),
                speed == 1
                        ? List.of()
                        : List.of(
                                "It & others gave answers of other lengths than asked for: what it gave is what counts."));
    }
}
