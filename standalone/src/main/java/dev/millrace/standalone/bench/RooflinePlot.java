package dev.millrace.standalone.bench;

import dev.millrace.kernels.compute.MachinePeaks;
import dev.millrace.standalone.bench.Svg.Anchor;
import dev.millrace.standalone.bench.Svg.Point;
import java.util.List;
import java.util.Locale;

/**
 * How near each product comes to what memory and instructions allow: multiply-adds a second over multiply-adds for each
 * byte of weights.
 *
 * @see <a href="https://doi.org/10.1145/1498765.1498785">Roofline: an insightful visual performance model</a>
 */
final class RooflinePlot {
    private static final int WIDTH = 720;
    private static final int HEIGHT = 400;
    private static final int LEFT = 64;
    private static final int RIGHT = 700;
    private static final int TOP = 20;
    private static final int BOTTOM = 346;

    private RooflinePlot() {}

    static String of(KernelFigures kernels, MachinePeaks peaks) {
        List<Product> products = kernels.products();
        double least = products.stream().mapToDouble(Product::gigaMacs).min().orElse(1);
        double lowIntensity =
                products.stream().mapToDouble(Product::intensity).min().orElse(1);
        double highIntensity =
                products.stream().mapToDouble(Product::intensity).max().orElse(1000);
        Axis x = Axis.decades(lowIntensity * 0.9, Math.max(highIntensity, 100), LEFT, RIGHT);
        Axis y = Axis.decades(Math.min(least, peaks.readGigabytes()) * 0.5, peaks.int8GigaMacs() * 1.2, BOTTOM, TOP);
        Svg svg = new Svg(WIDTH, HEIGHT, "Roofline: products of the model's matrices below the machine's limits");
        axes(svg, x, y);
        roof(svg, x, y, peaks);
        for (Product product : products) {
            svg.dot(
                    "dot " + tone(product.tokens()),
                    x.at(product.intensity()),
                    y.at(product.gigaMacs()),
                    5,
                    tip(product, peaks));
        }
        return svg.toString();
    }

    private static void axes(Svg svg, Axis x, Axis y) {
        for (double tick : y.ticks()) {
            svg.line("grid", LEFT, y.at(tick), RIGHT, y.at(tick));
            svg.text("tick", LEFT - 8, y.at(tick) + 4, Anchor.END, Axis.name(tick));
        }
        for (double tick : x.ticks()) {
            svg.line("grid", x.at(tick), TOP, x.at(tick), BOTTOM);
            svg.text("tick", x.at(tick), BOTTOM + 18, Anchor.MIDDLE, Axis.name(tick));
        }
        svg.text("axis", (LEFT + RIGHT) / 2.0, BOTTOM + 40, Anchor.MIDDLE, "multiply-adds for each byte of weights");
        svg.text("axis", LEFT, TOP - 8, Anchor.START, "GMAC/s");
    }

    private static void roof(Svg svg, Axis x, Axis y, MachinePeaks peaks) {
        double knee = peaks.int8GigaMacs() / peaks.readGigabytes();
        double slopeFrom = Math.max(x.from(), y.from() / peaks.readGigabytes());
        double bend = Math.clamp(knee, slopeFrom, x.to());
        svg.path(
                "roof",
                List.of(
                        new Point(x.at(slopeFrom), y.at(slopeFrom * peaks.readGigabytes())),
                        new Point(x.at(bend), y.at(bend * peaks.readGigabytes())),
                        new Point(x.at(x.to()), y.at(Math.min(peaks.int8GigaMacs(), x.to() * peaks.readGigabytes())))));
        svg.text(
                "mark",
                RIGHT - 4,
                y.at(peaks.int8GigaMacs()) - 7,
                Anchor.END,
                String.format(Locale.ROOT, "int8 %.0f GMAC/s", peaks.int8GigaMacs()));
        svg.line("roof faint", x.at(slopeFrom), y.at(peaks.float32GigaMacs()), RIGHT, y.at(peaks.float32GigaMacs()));
        svg.text(
                "mark",
                RIGHT - 4,
                y.at(peaks.float32GigaMacs()) - 7,
                Anchor.END,
                String.format(Locale.ROOT, "float32 %.0f GMAC/s", peaks.float32GigaMacs()));
        double labelled = Math.sqrt(slopeFrom * bend);
        svg.text(
                "mark",
                x.at(labelled) - 10,
                y.at(labelled * peaks.readGigabytes()) - 8,
                Anchor.END,
                String.format(Locale.ROOT, "memory %.0f GB/s", peaks.readGigabytes()));
    }

    /** Five tones, darker for more tokens. */
    static String tone(int tokens) {
        return tokens <= 1 ? "t0" : tokens <= 8 ? "t1" : tokens <= 32 ? "t2" : tokens <= 128 ? "t3" : "t4";
    }

    private static String tip(Product product, MachinePeaks peaks) {
        Share share = Share.of(product, peaks);
        return String.format(
                Locale.ROOT,
                "%s %d x %d (%s), %d tokens: %.1f GMAC/s, %.0f %% of int8, %.0f %% of memory",
                product.type(),
                product.rows(),
                product.columns(),
                product.role(),
                product.tokens(),
                product.gigaMacs(),
                100 * share.int8(),
                100 * share.read());
    }
}
