package dev.millrace.standalone.bench;

import dev.millrace.kernels.compute.MachinePeaks;
import dev.millrace.standalone.bench.BarsPlot.Bar;
import dev.millrace.standalone.bench.LoadFigures.Newcomer;
import dev.millrace.standalone.bench.LoadFigures.Prefill;
import dev.millrace.standalone.bench.LoadFigures.SharedPrefix;
import dev.millrace.standalone.bench.LoadFigures.Users;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;

/** A benchmark as one page that needs nothing else: drawings inline, no script, nothing fetched. */
public final class HtmlReport {
    private final StringBuilder page = new StringBuilder();
    private final BenchReport report;
    private final MachinePeaks peaks;

    private HtmlReport(BenchReport report) {
        this.report = report;
        this.peaks = report.machine().peaks();
    }

    public static String of(BenchReport report) {
        return new HtmlReport(report).write();
    }

    private String write() {
        add("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">");
        add("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">");
        add("<title>Millrace benchmark</title>\n<style>\n%s</style></head><body><main>", style());
        Machine machine = report.machine();
        add("<h1>Millrace benchmark</h1>");
        add(
                "<p class=\"where\">%s, %d cores &middot; %s &middot; Java %s &middot; Millrace %s &middot; %s</p>",
                escaped(machine.processor()),
                machine.cores(),
                escaped(machine.system()),
                escaped(machine.java()),
                escaped(report.version()),
                DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm 'UTC'", Locale.ROOT)
                        .withZone(ZoneOffset.UTC)
                        .format(report.at()));
        add("<p class=\"where\">%s</p>", escaped(machine.kernels()));
        add("<h2>This machine's peaks</h2><div class=\"tiles\">");
        tile("int8 multiply-adds", number(peaks.int8GigaMacs()), "GMAC/s");
        tile("float32 multiply-adds", number(peaks.float32GigaMacs()), "GMAC/s");
        tile("memory read", number(peaks.readGigabytes()), "GB/s");
        add(
                "</div><p class=\"note\">Measured in this run with %s on %d threads; every share below is a share of these.</p>",
                escaped(peaks.instructions()), peaks.threads());
        report.models().forEach(this::model);
        add("</main></body></html>");
        return page.toString();
    }

    private void model(ModelFigures model) {
        add("<h2>%s</h2><p class=\"where\">%s</p>", escaped(model.name()), escaped(model.description()));
        Optional<LoadFigures> own = model.servers().stream().findFirst();
        Optional<ModelCost> cost = model.kernels().map(KernelFigures::cost);
        add("<div class=\"tiles\">");
        own.flatMap(LoadFigures::prefill)
                .ifPresent(prefill -> prefillTile("prefill of " + prefill.promptTokens(), prefill, cost));
        own.flatMap(LoadFigures::longPrefill)
                .ifPresent(prefill -> prefillTile("prefill of " + prefill.promptTokens(), prefill, cost));
        own.flatMap(server -> server.usersOf(1)).ifPresent(row -> decodeTile("decode, one user", row, cost));
        own.flatMap(server ->
                        server.users().stream().filter(row -> row.count() > 1).reduce((_, last) -> last))
                .ifPresent(row -> decodeTile("decode, " + row.count() + " users", row, cost));
        model.loading()
                .ifPresent(loading -> tile(
                        "load, second start",
                        String.format(Locale.ROOT, "%.2f", loading.againMillis() / 1e3),
                        "s; first " + String.format(Locale.ROOT, "%.2f s", loading.firstMillis() / 1e3)));
        if (model.residentBytes() > 0) {
            tile("resident memory", number(model.residentBytes() / 1e6), "MB, the platform");
        }
        add("</div>");
        if (model.servers().size() > 1) {
            legend(model.servers());
            comparison(model.servers());
        }
        own.filter(server -> !server.users().isEmpty()).ifPresent(_ -> users(model));
        waits(model);
        model.kernels().ifPresent(this::kernels);
        model.servers().stream()
                .flatMap(server -> server.notes().stream())
                .forEach(note -> add("<p class=\"note\">Note: %s</p>", escaped(note)));
    }

    private void prefillTile(String title, Prefill prefill, Optional<ModelCost> cost) {
        tile(
                title,
                number(prefill.perSecond().median()),
                "t/s"
                        + cost.map(known -> "; "
                                        + percent(Share.ofPrefill(known, prefill, peaks)
                                                .int8()) + " of int8")
                                .orElse(""));
    }

    private void decodeTile(String title, Users row, Optional<ModelCost> cost) {
        tile(
                title,
                number(row.decodePerSecond().median()),
                "t/s"
                        + cost.map(known -> Share.ofDecode(known, row, peaks))
                                .map(share -> share.read() >= share.int8()
                                        ? "; " + percent(share.read()) + " of memory"
                                        : "; " + percent(share.int8()) + " of int8")
                                .orElse(""));
    }

    private void legend(List<LoadFigures> servers) {
        add("<p class=\"legend\">");
        for (int i = 0; i < servers.size(); i++) {
            add(
                    "<span><i class=\"key k%d\"></i>%s</span>",
                    i, escaped(servers.get(i).server().title()));
        }
        add("</p>");
    }

    private void comparison(List<LoadFigures> servers) {
        LoadFigures own = servers.getFirst();
        LoadFigures other = servers.getLast();
        add(
                "<table><thead><tr><th></th><th>%s</th><th>%s</th><th>ratio</th></tr></thead><tbody>",
                escaped(own.server().title()), escaped(other.server().title()));
        compared(
                "prefill, tokens/s",
                own.prefill().map(Prefill::perSecond),
                other.prefill().map(Prefill::perSecond),
                true);
        for (Users row : own.users()) {
            compared(
                    row.count() == 1 ? "decode, one user, tokens/s" : "decode, " + row.count() + " users, tokens/s",
                    Optional.of(row.decodePerSecond()),
                    other.usersOf(row.count()).map(Users::decodePerSecond),
                    true);
        }
        compared(
                "first token beside others, ms",
                own.newcomer().map(Newcomer::besideMillis),
                other.newcomer().map(Newcomer::besideMillis),
                false);
        compared(
                "first token, shared prefix, ms",
                own.sharedPrefix().map(SharedPrefix::secondMillis),
                other.sharedPrefix().map(SharedPrefix::secondMillis),
                false);
        add(
                "</tbody></table><p class=\"note\">A ratio above 1: %s is better.</p>",
                escaped(own.server().title()));
    }

    private void compared(String what, Optional<Spread> own, Optional<Spread> other, boolean higherIsBetter) {
        if (own.isEmpty() && other.isEmpty()) {
            return;
        }
        String ratio = own.isPresent() && other.isPresent()
                ? String.format(
                        Locale.ROOT,
                        "%.2f",
                        Ratio.of(own.get().median(), other.get().median(), higherIsBetter))
                : "";
        add("<tr><td>%s</td><td>%s</td><td>%s</td><td>%s</td></tr>", what, cell(own), cell(other), ratio);
    }

    private void users(ModelFigures model) {
        LoadPlan plan = report.plan();
        add("<h3>Users at once</h3>");
        add(
                "<p class=\"note\">Prompts of %d tokens, answers of %d, all asked at the same moment.%s</p>",
                plan.prompt(),
                plan.answer(),
                plan.repeats() == 1 ? "" : " Whiskers: lowest and highest of " + plan.repeats() + ".");
        add("<figure>%s</figure>", UsersPlot.of(model.servers()));
    }

    private void waits(ModelFigures model) {
        Bars firsts = new Bars(model.servers());
        firsts.add(
                "alone",
                false,
                server -> server.newcomer().map(one -> one.aloneMillis().median()));
        firsts.add(
                "beside " + report.plan().others() + " others",
                true,
                server -> server.newcomer().map(one -> one.besideMillis().median()));
        firsts.add(
                "prefix of " + report.plan().prefix() + ", first time",
                false,
                server -> server.sharedPrefix().map(one -> one.firstMillis().median()));
        firsts.add(
                "the same prefix again",
                true,
                server -> server.sharedPrefix().map(one -> one.secondMillis().median()));
        firsts.show(
                "Time to first token",
                "A prompt of " + report.plan().prefill()
                        + " tokens, alone and while others decode; and prompts that begin" + " alike.");
        Bars gaps = new Bars(model.servers());
        gaps.add(
                "before, median",
                false,
                server -> server.newcomer().map(one -> one.before().median()));
        gaps.add(
                "before, p99",
                false,
                server -> server.newcomer().map(one -> one.before().p99()));
        gaps.add(
                "meanwhile, median",
                true,
                server -> server.newcomer().map(one -> one.during().median()));
        gaps.add(
                "meanwhile, p99",
                true,
                server -> server.newcomer().map(one -> one.during().p99()));
        gaps.add(
                "meanwhile, longest",
                true,
                server -> server.newcomer().map(one -> one.during().max()));
        gaps.show("Gaps between the others' tokens", "Before that prompt came, and while it was read.");
    }

    /** Bars of one drawing: for each thing that is measured, one of each server. */
    private final class Bars {
        private final List<LoadFigures> servers;
        private final List<Bar> bars = new ArrayList<>();

        Bars(List<LoadFigures> servers) {
            this.servers = servers;
        }

        void add(String label, boolean strong, Function<LoadFigures, Optional<Double>> of) {
            boolean labelled = true;
            for (int i = 0; i < servers.size(); i++) {
                Optional<Double> millis = of.apply(servers.get(i));
                if (millis.isPresent()) {
                    String whose = servers.get(i).server().title();
                    bars.add(new Bar(label, whose, millis.get(), i, strong, labelled));
                    labelled = false;
                }
            }
        }

        void show(String title, String note) {
            if (!bars.isEmpty()) {
                HtmlReport.this.add("<h3>%s</h3><p class=\"note\">%s</p>", escaped(title), escaped(note));
                HtmlReport.this.add("<figure>%s</figure>", BarsPlot.of(title, bars));
            }
        }
    }

    private void kernels(KernelFigures kernels) {
        add("<h3>Roofline</h3><p class=\"note\">Each dot is a product of one of the model's matrices. Left of the bend"
                + " memory is the limit, right of it the instructions.</p>");
        add("<p class=\"legend\">");
        for (int tokens : kernels.products().stream()
                .map(Product::tokens)
                .distinct()
                .sorted()
                .toList()) {
            add(
                    "<span><i class=\"key %s\"></i>%d %s</span>",
                    RooflinePlot.tone(tokens), tokens, tokens == 1 ? "token" : "tokens");
        }
        add("</p><figure>%s</figure>", RooflinePlot.of(kernels, peaks));
        add("<h3>Products</h3><div class=\"wide\"><table><thead><tr><th>matrix</th><th>tokens</th><th>&micro;s</th>"
                + "<th>GMAC/s</th><th>GB/s</th><th>of int8</th><th>of memory</th></tr></thead><tbody>");
        String last = "";
        for (Product product : kernels.products()) {
            Share share = Share.of(product, peaks);
            String name = product.type() + " " + product.rows() + " &times; " + product.columns() + "<small>"
                    + escaped(product.role()) + "</small>";
            add(
                    "<tr%s><td>%s</td><td>%d</td><td>%s</td><td>%s</td><td>%s</td><td>%s</td><td>%s</td></tr>",
                    name.equals(last) ? "" : " class=\"first\"",
                    name.equals(last) ? "" : name,
                    product.tokens(),
                    number(product.micros().median()),
                    number(product.gigaMacs()),
                    number(product.gigabytes()),
                    meter(share.int8()),
                    meter(share.read()));
            last = name;
        }
        add("</tbody></table></div>");
    }

    private static String meter(double share) {
        return String.format(
                Locale.ROOT,
                "<span class=\"meter\"><b style=\"width:%.0f%%\"></b></span>%s",
                100 * Math.clamp(share, 0, 1),
                percent(share));
    }

    private void tile(String title, String value, String unit) {
        add(
                "<div class=\"tile\"><span>%s</span><strong>%s</strong><em>%s</em></div>",
                escaped(title), value, escaped(unit));
    }

    private static String cell(Optional<Spread> spread) {
        return spread.map(known -> number(known.median())
                        + (known.count() > 1 ? " <small>&plusmn;" + percent(known.deviation()) + "</small>" : ""))
                .orElse("&ndash;");
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, value < 100 ? "%.1f" : "%,.0f", value);
    }

    private static String percent(double share) {
        return String.format(Locale.ROOT, "%.0f %%", 100 * share);
    }

    private static String escaped(String text) {
        return Svg.escape(text);
    }

    // its annotation would be one more library
    @SuppressWarnings("AnnotateFormatMethod")
    private void add(String format, Object... values) {
        page.append(values.length == 0 ? format : String.format(Locale.ROOT, format, values))
                .append('\n');
    }

    private static String style() {
        try (InputStream in = Objects.requireNonNull(
                HtmlReport.class.getResourceAsStream("report.css"), "it lies beside this class")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
