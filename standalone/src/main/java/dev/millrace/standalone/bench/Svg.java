package dev.millrace.standalone.bench;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** A drawing that stands in a page by itself; how classes look is the page's. */
final class Svg {
    private final StringBuilder body = new StringBuilder();
    private final int width;
    private final int height;
    private final String label;

    /** @param label what the drawing shows, for those who can't see it */
    Svg(int width, int height, String label) {
        this.width = width;
        this.height = height;
        this.label = label;
    }

    /** Where a text stands beside its point. */
    enum Anchor {
        START,
        MIDDLE,
        END
    }

    record Point(double x, double y) {}

    Svg line(String kind, double x1, double y1, double x2, double y2) {
        return add("<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>", kind, x1, y1, x2, y2);
    }

    Svg path(String kind, List<Point> points) {
        String through = points.stream()
                .map(point -> String.format(Locale.ROOT, "%.1f,%.1f", point.x(), point.y()))
                .collect(Collectors.joining(" "));
        return add("<polyline class=\"%s\" points=\"%s\"/>", kind, through);
    }

    /** @param tip what is shown when one points at it */
    Svg dot(String kind, double x, double y, double radius, String tip) {
        return add(
                "<circle class=\"%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\"><title>%s</title></circle>",
                kind, x, y, radius, escape(tip));
    }

    Svg bar(String kind, double x, double y, double barWidth, double barHeight, String tip) {
        return add(
                "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" rx=\"2\"><title>%s</title></rect>",
                kind, x, y, Math.max(1, barWidth), barHeight, escape(tip));
    }

    Svg text(String kind, double x, double y, Anchor anchor, String text) {
        return add(
                "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>",
                kind, x, y, anchor.name().toLowerCase(Locale.ROOT), escape(text));
    }

    // its annotation would be one more library
    @SuppressWarnings("AnnotateFormatMethod")
    private Svg add(String format, Object... values) {
        body.append(String.format(Locale.ROOT, format, values)).append('\n');
        return this;
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">%n%s</svg>%n",
                width,
                height,
                escape(label),
                body);
    }

    /** Text as HTML and SVG want it. */
    static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }
}
