package dev.millrace.standalone.bench;

import dev.millrace.standalone.bench.LoadFigures.Users;
import dev.millrace.standalone.bench.Svg.Anchor;
import dev.millrace.standalone.bench.Svg.Point;
import java.util.List;
import java.util.Locale;

/** What all users get together, over how many they are. */
final class UsersPlot {
    private static final int WIDTH = 720;
    private static final int HEIGHT = 320;
    private static final int LEFT = 64;
    private static final int RIGHT = 690;
    private static final int TOP = 24;
    private static final int BOTTOM = 266;

    private UsersPlot() {}

    static String of(List<LoadFigures> servers) {
        List<Integer> counts = servers.stream()
                .flatMap(server -> server.users().stream())
                .map(Users::count)
                .distinct()
                .sorted()
                .toList();
        double most = servers.stream()
                .flatMap(server -> server.users().stream())
                .mapToDouble(row -> row.decodePerSecond().high())
                .max()
                .orElse(1);
        Axis y = Axis.upTo(most * 1.08, BOTTOM, TOP);
        Svg svg = new Svg(WIDTH, HEIGHT, "Tokens a second of all users together");
        for (double tick : y.ticks()) {
            svg.line("grid", LEFT, y.at(tick), RIGHT, y.at(tick));
            svg.text("tick", LEFT - 8, y.at(tick) + 4, Anchor.END, Axis.name(tick));
        }
        for (int count : counts) {
            svg.text("tick", x(counts, count), BOTTOM + 18, Anchor.MIDDLE, Integer.toString(count));
        }
        svg.text("axis", (LEFT + RIGHT) / 2.0, BOTTOM + 40, Anchor.MIDDLE, "users at once");
        svg.text("axis", LEFT, TOP - 10, Anchor.START, "tokens/s, sum");
        for (int i = servers.size() - 1; i >= 0; i--) {
            series(svg, servers.get(i), i, counts, y);
        }
        return svg.toString();
    }

    private static void series(Svg svg, LoadFigures server, int index, List<Integer> counts, Axis y) {
        List<Users> rows = server.users();
        svg.path(
                "curve s" + index,
                rows.stream()
                        .map(row -> new Point(
                                x(counts, row.count()),
                                y.at(row.decodePerSecond().median())))
                        .toList());
        for (Users row : rows) {
            double x = x(counts, row.count());
            double middle = row.decodePerSecond().median();
            if (row.decodePerSecond().count() > 1) {
                svg.line(
                        "whisker s" + index,
                        x,
                        y.at(row.decodePerSecond().low()),
                        x,
                        y.at(row.decodePerSecond().high()));
            }
            svg.dot(
                    "dot f" + index,
                    x,
                    y.at(middle),
                    4.5,
                    String.format(
                            Locale.ROOT,
                            "%s, %d users: %.1f tokens/s",
                            server.server().title(),
                            row.count(),
                            middle));
            if (index == 0) {
                svg.text("mark", x, y.at(middle) - 10, Anchor.MIDDLE, String.format(Locale.ROOT, "%.0f", middle));
            }
        }
    }

    private static double x(List<Integer> counts, int count) {
        double from = LEFT + 30;
        double to = RIGHT - 30;
        int at = counts.indexOf(count);
        return counts.size() == 1 ? (from + to) / 2 : from + at * (to - from) / (counts.size() - 1);
    }
}
