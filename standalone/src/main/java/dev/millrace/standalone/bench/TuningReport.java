package dev.millrace.standalone.bench;

import dev.millrace.standalone.bench.Svg.Anchor;
import dev.millrace.standalone.bench.Svg.Point;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/** A fine-tuning job as one page that needs nothing else: its curves inline, no script, nothing fetched. */
public final class TuningReport {
    private static final int WIDTH = 720;
    private static final int HEIGHT = 260;
    private static final int LEFT = 64;
    private static final int RIGHT = 690;
    private static final int TOP = 24;
    private static final int BOTTOM = 216;
    private static final String[] NO_SERIES = {};

    private final JsonNode job;
    private final List<JsonNode> steps;
    private final List<JsonNode> words;
    private final List<JsonNode> samples;
    private final StringBuilder page = new StringBuilder();

    private TuningReport(JsonNode job, List<JsonNode> events) {
        this.job = job;
        this.samples = events.stream()
                .map(event -> event.path("data"))
                .filter(data -> data.has("answer"))
                .toList();
        this.steps = events.stream()
                .filter(event -> event.path("type").asString("").equals("metrics"))
                .map(event -> event.path("data"))
                .toList();
        this.words = events.stream()
                .filter(event -> !event.path("type").asString("").equals("metrics"))
                .filter(event -> !event.path("data").has("answer"))
                .toList();
    }

    /**
     * @param job OpenAI's object of it
     * @param events OpenAI's objects of them, the oldest first
     */
    public static String of(JsonNode job, List<JsonNode> events) {
        return new TuningReport(job, events).write();
    }

    private record Value(double step, double value) {}

    private String write() {
        String name = job.path("model").asString("") + ":"
                + job.at("/millrace/adapter").asString("");
        page.append("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">")
                .append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>")
                .append(Svg.escape(name))
                .append("</title>\n<style>\n")
                .append(style())
                .append("</style></head><body><main>\n<h1>")
                .append(Svg.escape(name))
                .append("</h1>\n");
        where(job.path("id").asString("") + ", " + job.path("status").asString("") + ", made "
                + Instant.ofEpochSecond(job.path("created_at").asLong()));
        if (job.path("error").isObject()) {
            where(job.at("/error/message").asString(""));
        }
        tiles();
        plot("Loss", "loss", "eval_loss");
        plot("Share of tokens that were right", "mean_token_accuracy", "eval_mean_token_accuracy");
        plot("Rewards of chosen and rejected answers", "rewards/chosen", "rewards/rejected");
        plot("Margin between chosen and rejected answers", "rewards/margins", "eval_rewards/margins");
        plot("Share of pairs in the right order", "rewards/accuracies", "eval_rewards/accuracies");
        plot("Learning rate", "learning_rate", "");
        plot("Norm of the gradient", "grad_norm", "");
        samples();
        table();
        return page.append("</main></body></html>\n").toString();
    }

    private void tiles() {
        page.append("<div class=\"tiles\">");
        tile("steps", Integer.toString(steps.size()), "");
        tile(
                "tokens",
                steps.isEmpty()
                        ? "0"
                        : String.format(
                                Locale.ROOT,
                                "%,.0f",
                                steps.getLast().path("num_tokens").asDouble()),
                "seen");
        if (!steps.isEmpty()) {
            tile(
                    "loss",
                    number(steps.getLast().path("loss").asDouble()),
                    "at first " + number(steps.getFirst().path("loss").asDouble()));
        }
        if (job.at("/millrace/full_weights").asBoolean(false)) {
            tile("trained", "all", "weights");
        } else {
            tile(
                    "rank",
                    job.at("/millrace/lora/rank").asString("-"),
                    "alpha " + job.at("/millrace/lora/alpha").asString("-"));
        }
        TuningTimes times = TuningTimes.of(job);
        times.toFirstStep()
                .ifPresent(seconds -> tile("first step", TuningTimes.seconds(seconds), "after the job was accepted"));
        times.toStore().ifPresent(seconds -> tile("in the store", TuningTimes.seconds(seconds), "after the last step"));
        page.append("</div>\n");
    }

    private void tile(String title, String value, String unit) {
        page.append("<div class=\"tile\"><span>")
                .append(Svg.escape(title))
                .append("</span><strong>")
                .append(Svg.escape(value))
                .append("</strong><em>")
                .append(Svg.escape(unit))
                .append("</em></div>");
    }

    private void where(String text) {
        page.append("<p class=\"where\">").append(Svg.escape(text)).append("</p>\n");
    }

    private List<Value> values(String metric) {
        List<Value> values = new ArrayList<>();
        for (JsonNode step : steps) {
            JsonNode value = step.path(metric);
            if (value.isNumber()) {
                values.add(new Value(step.path("step").asDouble(), value.asDouble()));
            }
        }
        return values;
    }

    /** Nothing where there is no such metric. */
    private void plot(String title, String metric, String beside) {
        List<List<Value>> series = new ArrayList<>(List.of(values(metric)));
        if (series.getFirst().isEmpty()) {
            return;
        }
        List<Value> second = beside.isEmpty() ? List.of() : values(beside);
        String[] names = second.isEmpty() ? NO_SERIES : new String[] {metric, beside};
        if (!second.isEmpty()) {
            series.add(second);
        }
        page.append("<h3>").append(Svg.escape(title)).append("</h3>\n");
        if (names.length > 0) {
            page.append("<p class=\"legend\">");
            for (int i = 0; i < names.length; i++) {
                page.append("<span><i class=\"key k")
                        .append(i)
                        .append("\"></i>")
                        .append(Svg.escape(names[i]))
                        .append("</span>");
            }
            page.append("</p>\n");
        }
        page.append("<figure>").append(drawing(title, series)).append("</figure>\n");
    }

    private static Svg drawing(String title, List<List<Value>> series) {
        double least = series.stream()
                .flatMap(List::stream)
                .mapToDouble(Value::value)
                .min()
                .orElse(0);
        double most = series.stream()
                .flatMap(List::stream)
                .mapToDouble(Value::value)
                .max()
                .orElse(1);
        double last = series.stream()
                .flatMap(List::stream)
                .mapToDouble(Value::step)
                .max()
                .orElse(1);
        Range y = Range.of(least, most);
        Axis x = Axis.upTo(last, LEFT, RIGHT);
        Svg svg = new Svg(WIDTH, HEIGHT, title);
        for (double tick : y.ticks()) {
            svg.line("grid", LEFT, y.at(tick), RIGHT, y.at(tick));
            svg.text("tick", LEFT - 8, y.at(tick) + 4, Anchor.END, number(tick));
        }
        for (double tick : x.ticks()) {
            svg.text("tick", x.at(tick), BOTTOM + 18, Anchor.MIDDLE, Axis.name(tick));
        }
        svg.text("axis", (LEFT + RIGHT) / 2.0, BOTTOM + 38, Anchor.MIDDLE, "step");
        for (int i = series.size() - 1; i >= 0; i--) {
            svg.path(
                    "curve s" + i,
                    series.get(i).stream()
                            .map(value -> new Point(x.at(value.step()), y.at(value.value())))
                            .toList());
            for (Value value : series.get(i).size() <= 60 ? series.get(i) : List.<Value>of()) {
                svg.dot(
                        "dot f" + i,
                        x.at(value.step()),
                        y.at(value.value()),
                        3,
                        String.format(Locale.ROOT, "step %.0f: %s", value.step(), number(value.value())));
            }
        }
        return svg;
    }

    /** Values, which may be below 0, to heights. */
    private record Range(double from, double to, double step) {
        static Range of(double least, double most) {
            double low = Math.min(0, least);
            double width = Math.max(most - low, 1e-12);
            double power = Math.pow(10, Math.floor(Math.log10(width / 4)));
            double step = 10 * power;
            for (double factor : new double[] {5, 2, 1}) {
                if (factor * power >= width / 5) {
                    step = factor * power;
                }
            }
            return new Range(Math.floor(low / step) * step, Math.ceil(most / step - 1e-9) * step, step);
        }

        double at(double value) {
            return BOTTOM - (value - from) / Math.max(to - from, 1e-300) * (BOTTOM - TOP);
        }

        List<Double> ticks() {
            List<Double> ticks = new ArrayList<>();
            for (long i = 0; from + i * step <= to + step / 2; i++) {
                ticks.add(from + i * step);
            }
            return ticks;
        }
    }

    /** Nothing where the model was not asked. */
    private void samples() {
        if (samples.isEmpty()) {
            return;
        }
        page.append("<h3>What it says</h3><div class=\"wide\"><table><thead><tr><th>asked</th><th>taught</th>")
                .append("<th>step</th><th>answer</th></tr></thead><tbody>\n");
        Map<List<String>, Map<Long, String>> byPrompt = new LinkedHashMap<>();
        for (JsonNode sample : samples) {
            List<String> asked = List.of(
                    sample.path("prompt").asString(""), sample.path("wanted").asString(""));
            byPrompt.computeIfAbsent(asked, _ -> new TreeMap<>())
                    .put(sample.path("step").asLong(), sample.path("answer").asString(""));
        }
        byPrompt.forEach((asked, answers) -> {
            String open = "<tr>" + words(asked.getFirst(), answers.size()) + words(asked.getLast(), answers.size());
            for (Map.Entry<Long, String> answer : answers.entrySet()) {
                String step = answer.getKey() == 0 ? "before" : answer.getKey().toString();
                page.append(open)
                        .append("<td>")
                        .append(step)
                        .append("</td>")
                        .append(words(answer.getValue(), 1))
                        .append("</tr>\n");
                open = "<tr>";
            }
        });
        page.append("</tbody></table></div>\n");
    }

    private static String words(String text, int rows) {
        return "<td rowspan=\"" + rows + "\" style=\"text-align:left;vertical-align:top;white-space:pre-wrap\">"
                + Svg.escape(text) + "</td>";
    }

    private void table() {
        page.append("<h3>What happened</h3><div class=\"wide\"><table><tbody>\n");
        for (JsonNode word : words) {
            page.append("<tr><td>")
                    .append(Instant.ofEpochSecond(word.path("created_at").asLong()))
                    .append("</td><td style=\"text-align:left;white-space:normal\">")
                    .append(Svg.escape(word.path("message").asString("")))
                    .append("</td></tr>\n");
        }
        page.append("</tbody></table></div>\n<h3>Settings</h3><pre>")
                .append(Svg.escape(job.path("method").toPrettyString()))
                .append('\n')
                .append(Svg.escape(job.path("millrace").toPrettyString()))
                .append("</pre>\n");
    }

    private static String number(double value) {
        double size = Math.abs(value);
        return size == 0 || size >= 0.01
                ? String.format(Locale.ROOT, size >= 100 ? "%.0f" : "%.3g", value)
                : String.format(Locale.ROOT, "%.1e", value);
    }

    private static String style() {
        try (InputStream in = Objects.requireNonNull(
                TuningReport.class.getResourceAsStream("report.css"), "it lies beside this class")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
