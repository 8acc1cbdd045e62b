package dev.millrace.standalone.bench;

import dev.millrace.standalone.bench.Svg.Anchor;
import java.util.List;
import java.util.Locale;

/** Lengths of time as bars from the left, one below the other. */
final class BarsPlot {
    private static final int WIDTH = 720;
    private static final int LEFT = 236;
    private static final int RIGHT = 632;
    private static final int ROW = 26;
    private static final int TOP = 8;

    private BarsPlot() {}

    /**
     * One bar.
     *
     * @param label what it measures
     * @param whose shown when one points at it
     * @param series whose it is: decides the colour
     * @param strong filled, or pale where it is what others are measured by
     * @param labelled whether the label stands beside it
     */
    record Bar(String label, String whose, double millis, int series, boolean strong, boolean labelled) {}

    static String of(String label, List<Bar> bars) {
        double most = bars.stream().mapToDouble(Bar::millis).max().orElse(1);
        Axis x = Axis.upTo(most, LEFT, RIGHT);
        int height = TOP + ROW * bars.size() + 36;
        Svg svg = new Svg(WIDTH, height, label);
        double bottom = TOP + (double) ROW * bars.size();
        for (double tick : x.ticks()) {
            svg.line("grid", x.at(tick), TOP, x.at(tick), bottom);
            svg.text("tick", x.at(tick), bottom + 18, Anchor.MIDDLE, Axis.name(tick));
        }
        svg.text("axis", RIGHT + 30, bottom + 18, Anchor.START, "ms");
        for (int i = 0; i < bars.size(); i++) {
            Bar bar = bars.get(i);
            double top = TOP + (double) ROW * i + 4;
            String told = String.format(Locale.ROOT, bar.millis() < 100 ? "%.1f ms" : "%,.0f ms", bar.millis());
            if (bar.labelled()) {
                svg.text("name", LEFT - 10, top + 13, Anchor.END, bar.label());
            }
            svg.bar(
                    "bar f" + bar.series() + (bar.strong() ? "" : " pale"),
                    LEFT,
                    top,
                    x.at(bar.millis()) - LEFT,
                    ROW - 8.0,
                    bar.whose() + ", " + bar.label() + ": " + told);
            svg.text("mark", x.at(bar.millis()) + 8, top + 13, Anchor.START, told);
        }
        return svg.toString();
    }
}
