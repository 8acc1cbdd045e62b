package dev.millrace.tokenizer.template;

import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/** Filters that make texts of texts. */
final class TextFilters {
    private TextFilters() {}

    static void addTo(Map<String, Filters.Filter> table) {
        simple(table, "upper", Texts::upper);
        simple(table, "lower", Texts::lower);
        simple(table, "capitalize", Texts::capitalize);
        simple(table, "title", text -> Texts.titleWords(text).asMarkup(false));
        simple(table, "string", text -> text);
        simple(table, "safe", text -> text.asMarkup(true));
        simple(table, "striptags", TextFilters::withoutTags);
        for (String name : List.of("e", "escape")) {
            table.put(name, (input, arguments, run) -> {
                arguments.none(name);
                return Markup.escape(Printing.text(input, run.budget()), run.budget());
            });
        }
        table.put("forceescape", (input, arguments, run) -> {
            arguments.none("forceescape");
            return Markup.forceEscape(Printing.text(input, run.budget()), run.budget());
        });
        table.put(
                "trim",
                (input, arguments, run) -> Texts.strip(
                        Printing.text(input, run.budget()),
                        StringMethods.characters(arguments.bind("trim", "chars").orNone(0)),
                        true,
                        true));
        table.put("replace", TextFilters::replace);
        table.put("indent", TextFilters::indent);
        table.put(
                "center",
                (input, arguments, run) -> Texts.pad(
                        Printing.text(input, run.budget()),
                        arguments.bind("center", "width").integer(0, 80),
                        " ",
                        true,
                        true,
                        run.budget()));
        table.put("truncate", TextFilters::truncate);
        table.put("wordcount", (input, arguments, run) -> {
            arguments.none("wordcount");
            return Value.Int.of(words(Printing.text(input, run.budget()).text()));
        });
        table.put("format", (input, arguments, run) -> {
            Str format = Printing.text(input, run.budget());
            if (arguments.named().isEmpty()) {
                return new PercentFormat(run.budget()).apply(format, new Value.Tuple(arguments.positional()));
            }
            Dict.Builder named = Dict.builder();
            arguments.named().forEach(named::put);
            return new PercentFormat(run.budget()).apply(format, named.build());
        });
        table.put("urlencode", TextFilters::urlencode);
    }

    private static void simple(Map<String, Filters.Filter> table, String name, UnaryOperator<Str> change) {
        table.put(name, (input, arguments, run) -> {
            arguments.none(name);
            return change.apply(Printing.text(input, run.budget()));
        });
    }

    private static Str withoutTags(Str value) {
        String text = value.text().replaceAll("(?s)<!--.*?-->", "").replaceAll("<[^>]*>", "");
        return value.remade(String.join(" ", text.strip().split("\\s+", -1)));
    }

    private static Value replace(Value input, Arguments arguments, Interpreter run) {
        Arguments.Bound bound = arguments.bind("replace", "old", "new", "count");
        Budget budget = run.budget();
        return Texts.replace(
                Printing.text(input, budget).asMarkup(false),
                Printing.text(bound.required(0), budget).text(),
                Printing.text(bound.required(1), budget),
                bound.orNone(2) instanceof Value.None ? -1 : bound.integer(2, -1),
                budget);
    }

    private static Value indent(Value input, Arguments arguments, Interpreter run) {
        Arguments.Bound bound = arguments.bind("indent", "width", "first", "blank");
        Str indentation = bound.has(0) && bound.required(0) instanceof Str given
                ? given
                : new TextBuilder(run.budget()).repeat(" ", bound.integer(0, 4)).build();
        if (!(input instanceof Str text)) {
            throw TemplateException.failed("indent needs a str, not " + Types.name(input));
        }
        TextBuilder indented = new TextBuilder(run.budget());
        Str ended = new TextBuilder(run.budget()).append(text).append("\n").build();
        Iterator<Value> lines = Texts.lines(ended, false).iterator();
        for (boolean first = true; lines.hasNext(); first = false) {
            Str line = (Str) lines.next();
            indented.append(first ? "" : "\n");
            if (first ? bound.truth(1) : !line.isEmpty() || bound.truth(2)) {
                indented.append(indentation);
            }
            indented.append(line);
        }
        return indented.build().asMarkup(text.isMarkup());
    }

    private static Value truncate(Value input, Arguments arguments, Interpreter run) {
        Arguments.Bound bound = arguments.bind("truncate", "length", "killwords", "end", "leeway");
        Str text = Printing.text(input, run.budget());
        int length = bound.integer(0, 255);
        Str end = bound.text(2, "...");
        int leeway = bound.orNone(3) instanceof Value.None ? 5 : bound.integer(3, 5);
        if (length < end.length() || leeway < 0) {
            throw TemplateException.failed("truncate: length must be at least " + end.length() + ", was " + length);
        }
        if (text.length() <= length + leeway) {
            return text;
        }
        Str kept = text.slice(0, text.unit(length - end.length()));
        if (!bound.truth(1)) {
            int space = kept.text().lastIndexOf(' ');
            kept = space < 0 ? kept : kept.slice(0, space);
        }
        return new TextBuilder(run.budget()).append(kept).append(end).build();
    }

    private static int words(String text) {
        int words = 0;
        boolean inWord = false;
        for (int i = 0; i < text.length(); ) {
            int character = text.codePointAt(i);
            if (Python.isWord(character) && !inWord) {
                words++;
            }
            inWord = Python.isWord(character);
            i += Character.charCount(character);
        }
        return words;
    }

    private static Value urlencode(Value input, Arguments arguments, Interpreter run) {
        arguments.none("urlencode");
        Budget budget = run.budget();
        boolean pairs = !(input instanceof Str) && Iteration.possible(input);
        if (!pairs) {
            return Str.of(quote(Printing.text(input, budget).text(), "/"));
        }
        Value items = input instanceof Dict dict ? new DictView(dict, DictView.Part.ITEMS) : input;
        StringBuilder encoded = new StringBuilder();
        Iteration.of(items).forEachRemaining(item -> {
            List<Value> pair = Iteration.list(item);
            encoded.append(encoded.isEmpty() ? "" : "&")
                    .append(quote(Printing.text(pair.getFirst(), budget).text(), "")
                            .replace("%20", "+"))
                    .append('=')
                    .append(quote(Printing.text(pair.getLast(), budget).text(), "")
                            .replace("%20", "+"));
        });
        return Str.of(encoded.toString());
    }

    private static String quote(String text, String alsoSafe) {
        StringBuilder quoted = new StringBuilder();
        for (byte unit : text.getBytes(StandardCharsets.UTF_8)) {
            boolean letter =
                    (unit >= 'a' && unit <= 'z') || (unit >= 'A' && unit <= 'Z') || (unit >= '0' && unit <= '9');
            if (letter || "_.-~".indexOf(unit) >= 0 || alsoSafe.indexOf(unit) >= 0) {
                quoted.append((char) unit);
            } else {
                quoted.append("%%%02X".formatted(unit & 0xff));
            }
        }
        return quoted.toString();
    }
}
