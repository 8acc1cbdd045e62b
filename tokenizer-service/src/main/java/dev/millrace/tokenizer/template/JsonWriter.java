package dev.millrace.tokenizer.template;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Python's {@code json.dumps}, which is what {@code tojson} is in a chat template. */
final class JsonWriter {
    /**
     * @param indent what one level is indented by; empty for all on one line
     */
    record Style(
            Optional<String> indent, String itemSeparator, String keySeparator, boolean asciiOnly, boolean sortKeys) {}

    private final Style style;
    private final TextBuilder out;

    private JsonWriter(Style style, TextBuilder out) {
        this.style = style;
        this.out = out;
    }

    static Str write(Value value, Style style, Budget budget) {
        JsonWriter writer = new JsonWriter(style, new TextBuilder(budget));
        writer.write(value, 1);
        return writer.out.build();
    }

    private void write(Value value, int level) {
        switch (value) {
            case Str text -> quote(text);
            case Value.ListOf list -> list(list.items(), level);
            case Value.Tuple tuple -> list(tuple.items(), level);
            case Dict dict -> dict(dict, level);
            case Value.None none -> out.append("null");
            case Value.Bool bool -> out.append(bool == Value.Bool.TRUE ? "true" : "false");
            case Value.Int number -> out.append(Numbers.print(number.number()));
            case Value.Real number -> out.append(real(number.number()));
            default ->
                throw TemplateException.failed("Object of type " + Types.name(value) + " is not JSON serializable");
        }
    }

    private static String real(double number) {
        if (Double.isNaN(number)) {
            return "NaN";
        }
        if (Double.isInfinite(number)) {
            return number > 0 ? "Infinity" : "-Infinity";
        }
        return Numbers.print(number);
    }

    private void list(List<Value> items, int level) {
        out.append("[");
        boolean first = true;
        for (Value item : items) {
            separate(first, level);
            write(item, level + 1);
            first = false;
        }
        close(first, level, "]");
    }

    private void dict(Dict dict, int level) {
        List<Dict.Entry> entries = new ArrayList<>(dict.entries());
        if (style.sortKeys()) {
            entries.sort(Comparator.comparing(Dict.Entry::key, Comparison::compare));
        }
        out.append("{");
        boolean first = true;
        for (Dict.Entry entry : entries) {
            separate(first, level);
            key(entry.key());
            out.append(style.keySeparator());
            write(entry.value(), level + 1);
            first = false;
        }
        close(first, level, "}");
    }

    private void separate(boolean first, int level) {
        if (!first) {
            out.append(style.itemSeparator());
        }
        style.indent().ifPresent(indent -> out.append("\n").repeat(indent, level));
    }

    private void close(boolean empty, int level, String bracket) {
        if (!empty) {
            style.indent().ifPresent(indent -> out.append("\n").repeat(indent, level - 1L));
        }
        out.append(bracket);
    }

    private void key(Value key) {
        switch (key) {
            case Str text -> quote(text);
            case Value.None none -> out.append("\"null\"");
            case Value.Bool bool -> out.append(bool == Value.Bool.TRUE ? "\"true\"" : "\"false\"");
            case Value.Int number -> out.append("\"" + Numbers.print(number.number()) + "\"");
            case Value.Real number -> out.append("\"" + real(number.number()) + "\"");
            default ->
                throw TemplateException.failed("keys must be str, int, float, bool or None, not " + Types.name(key));
        }
    }

    private void quote(Str value) {
        String text = value.text();
        out.append("\"");
        int plain = 0;
        for (int i = 0; i < text.length(); i++) {
            String escaped = escaped(text.charAt(i));
            if (!escaped.isEmpty()) {
                out.append(value, plain, i).append(escaped, value);
                plain = i + 1;
            }
        }
        out.append(value, plain, text.length()).append("\"");
    }

    /** What stands for the UTF-16 unit, or nothing where it stands for itself. */
    private String escaped(char unit) {
        return switch (unit) {
            case '"' -> "\\\"";
            case '\\' -> "\\\\";
            case '\n' -> "\\n";
            case '\r' -> "\\r";
            case '\t' -> "\\t";
            case '\b' -> "\\b";
            case '\f' -> "\\f";
            default -> unit < ' ' || (style.asciiOnly() && unit > '~') ? "\\u%04x".formatted((int) unit) : "";
        };
    }
}
