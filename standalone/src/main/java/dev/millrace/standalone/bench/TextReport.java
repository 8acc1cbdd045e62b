package dev.millrace.standalone.bench;

import dev.millrace.kernels.compute.MachinePeaks;
import dev.millrace.standalone.bench.LoadFigures.Newcomer;
import dev.millrace.standalone.bench.LoadFigures.Prefill;
import dev.millrace.standalone.bench.LoadFigures.SharedPrefix;
import dev.millrace.standalone.bench.LoadFigures.Users;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;

/** A benchmark as a table for a terminal of 80 columns. */
public final class TextReport {
    private static final int WIDTH = 80;

    private final StringBuilder text = new StringBuilder();
    private final BenchReport report;
    private final MachinePeaks peaks;

    private TextReport(BenchReport report) {
        this.report = report;
        this.peaks = report.machine().peaks();
    }

    public static String of(BenchReport report) {
        return new TextReport(report).write();
    }

    private String write() {
        Machine machine = report.machine();
        line("Millrace %s on %s, %d cores", report.version(), machine.processor(), machine.cores());
        wrapped("Kernels: " + machine.kernels(), "  ");
        line("");
        line("This machine's peaks (%d threads, %s, measured just now)", peaks.threads(), peaks.instructions());
        line("  %-32s %8.1f GMAC/s", "int8 multiply-adds", peaks.int8GigaMacs());
        line("  %-32s %8.1f GMAC/s", "float32 multiply-adds", peaks.float32GigaMacs());
        line("  %-32s %8.1f GB/s", "memory read", peaks.readGigabytes());
        for (ModelFigures model : report.models()) {
            model(model);
        }
        if (report.plan().repeats() > 1) {
            line("");
            wrapped(
                    "Medians of " + report.plan().repeats()
                            + "; +- is how far the farthest lay from the median. Shares are of the peaks above, of the"
                            + " matrices' multiply-adds and of their weights' bytes alone.",
                    "");
        }
        return text.toString();
    }

    private void model(ModelFigures model) {
        line("");
        line("%s  %s", model.name(), model.description());
        model.loading().ifPresent(loading -> {
            line("  %-32s %8.2f s    again %.2f s", "load", loading.firstMillis() / 1e3, loading.againMillis() / 1e3);
            if (loading.residentBytes() > 0) {
                line("  %-32s %8.0f MB", "resident, the model alone", loading.residentBytes() / 1e6);
            }
        });
        if (model.residentBytes() > 0) {
            line("  %-32s %8.0f MB", "resident, the platform in the end", model.residentBytes() / 1e6);
        }
        if (!model.servers().isEmpty()) {
            served(model);
        }
        model.kernels().ifPresent(this::kernels);
    }

    private void served(ModelFigures model) {
        List<LoadFigures> servers = model.servers();
        Optional<ModelCost> cost = model.kernels().map(KernelFigures::cost);
        LoadFigures own = servers.getFirst();
        if (servers.size() > 1) {
            line("");
            line(
                    "  %-34s %14s %14s %7s",
                    "",
                    shorten(own.server().title(), 14),
                    shorten(servers.getLast().server().title(), 14),
                    "ratio");
        }
        prefill("prefill of " + report.plan().prefill(), servers, LoadFigures::prefill, cost);
        own.longPrefill()
                .ifPresent(found ->
                        prefill("prefill of " + found.promptTokens(), servers, LoadFigures::longPrefill, cost));
        for (int count : report.plan().users()) {
            users(count, servers, cost);
        }
        newcomer(servers);
        sharedPrefix(servers);
        for (LoadFigures server : servers) {
            server.notes().forEach(note -> wrapped("  Note: " + note, "    "));
        }
    }

    private void prefill(
            String what,
            List<LoadFigures> servers,
            Function<LoadFigures, Optional<Prefill>> of,
            Optional<ModelCost> cost) {
        Optional<Prefill> own = of.apply(servers.getFirst());
        if (servers.size() > 1) {
            both(what + " t/s", servers, server -> of.apply(server).map(figure -> figure.perSecond()), true);
        } else if (own.isPresent()) {
            String share = cost.map(known ->
                            percent(Share.ofPrefill(known, own.get(), peaks).int8()) + " of int8")
                    .orElse("");
            measured(what, own.get().perSecond(), "t/s", share);
        }
    }

    private void users(int count, List<LoadFigures> servers, Optional<ModelCost> cost) {
        String what = "decode, " + (count == 1 ? "one user" : count + " users, sum");
        if (servers.size() > 1) {
            both(what + " t/s", servers, server -> server.usersOf(count).map(Users::decodePerSecond), true);
            return;
        }
        servers.getFirst().usersOf(count).ifPresent(row -> {
            String share = cost.map(known -> Share.ofDecode(known, row, peaks))
                    .map(known -> percent(known.int8()) + " of int8, " + percent(known.read()) + " of read")
                    .orElse("");
            measured(what, row.decodePerSecond(), "t/s", share);
        });
    }

    private void newcomer(List<LoadFigures> servers) {
        Optional<Newcomer> found = servers.getFirst().newcomer();
        if (servers.size() > 1) {
            both("first token, alone, ms", servers, server -> server.newcomer().map(Newcomer::aloneMillis), false);
            both(
                    "first token, beside others, ms",
                    servers,
                    server -> server.newcomer().map(Newcomer::besideMillis),
                    false);
            both(
                    "others' longest gap then, ms",
                    servers,
                    server ->
                            server.newcomer().map(one -> Spread.of(one.during().max())),
                    false);
        } else if (found.isPresent()) {
            Newcomer one = found.get();
            measured("first token of " + one.promptTokens() + ", alone", one.aloneMillis(), "ms", "");
            measured(
                    "  while " + one.others() + " decode",
                    one.besideMillis(),
                    "ms",
                    String.format(Locale.ROOT, "%.2f x alone", one.slowdown()));
            gaps("  others' gaps, before", one.before());
            gaps("  others' gaps, meanwhile", one.during());
        }
    }

    private void gaps(String what, Gaps gaps) {
        line("  %-32s median %6.1f  p99 %6.1f  max %6.1f ms", what, gaps.median(), gaps.p99(), gaps.max());
    }

    private void sharedPrefix(List<LoadFigures> servers) {
        if (servers.size() > 1) {
            both(
                    "first token, shared prefix, ms",
                    servers,
                    server -> server.sharedPrefix().map(SharedPrefix::secondMillis),
                    false);
            return;
        }
        servers.getFirst().sharedPrefix().ifPresent(shared -> {
            measured("prefix of " + shared.prefixTokens() + ", first request", shared.firstMillis(), "ms", "");
            measured(
                    "  second request with it",
                    shared.secondMillis(),
                    "ms",
                    String.format(Locale.ROOT, "%.1f decode steps", shared.steps()));
        });
    }

    private void kernels(KernelFigures kernels) {
        line("");
        line("  %-24s %6s %9s %7s %6s %6s %6s", "matrix", "tokens", "us", "GMAC/s", "GB/s", "int8", "read");
        String last = "";
        for (Product product : kernels.products()) {
            Share share = Share.of(product, peaks);
            String name = product.type() + " " + product.rows() + " x " + product.columns();
            line(
                    "  %-24s %6d %9.1f %7.1f %6.1f %6s %6s",
                    name.equals(last) ? "" : name,
                    product.tokens(),
                    product.micros().median(),
                    product.gigaMacs(),
                    product.gigabytes(),
                    percent(share.int8()),
                    percent(share.read()));
            last = name;
        }
    }

    private void measured(String what, Spread spread, String unit, String share) {
        String deviation = spread.count() > 1 ? "+-" + percent(spread.deviation()) : "";
        line("  %-32s %8.1f %-3s %6s  %s", shorten(what, 32), spread.median(), unit, deviation, share);
    }

    /** @param higherIsBetter decides which way the ratio goes: above 1, the first is better */
    private void both(
            String what,
            List<LoadFigures> servers,
            Function<LoadFigures, Optional<Spread>> of,
            boolean higherIsBetter) {
        Optional<Spread> one = of.apply(servers.getFirst());
        Optional<Spread> other = of.apply(servers.getLast());
        if (one.isEmpty() && other.isEmpty()) {
            return;
        }
        String ratio = one.isPresent() && other.isPresent()
                ? String.format(
                        Locale.ROOT,
                        "%.2f",
                        Ratio.of(one.get().median(), other.get().median(), higherIsBetter))
                : "";
        line("  %-34s %14s %14s %7s", shorten(what, 34), cell(one), cell(other), ratio);
    }

    private static String cell(Optional<Spread> spread) {
        return spread.map(known -> String.format(Locale.ROOT, "%.1f", known.median())
                        + (known.count() > 1 ? " +-" + percent(known.deviation()) : ""))
                .orElse("-");
    }

    private static String percent(double share) {
        return String.format(Locale.ROOT, "%.0f%%", 100 * share);
    }

    private static String shorten(String title, int width) {
        return title.length() <= width ? title : title.substring(0, width - 1) + ".";
    }

    // its annotation would be one more library
    @SuppressWarnings("AnnotateFormatMethod")
    private void line(String format, Object... values) {
        text.append(String.format(Locale.ROOT, format, values).stripTrailing()).append('\n');
    }

    /** Breaks a sentence at spaces; {@code indent} begins its later lines. */
    private void wrapped(String sentence, String indent) {
        StringBuilder line = new StringBuilder();
        for (String word : sentence.split(" ", -1)) {
            if (!line.isEmpty() && line.length() + 1 + word.length() > WIDTH) {
                text.append(line).append('\n');
                line = new StringBuilder(indent);
            } else if (!line.isEmpty()) {
                line.append(' ');
            }
            line.append(word);
        }
        text.append(line).append('\n');
    }
}
