package dev.millrace.tokenizer.template;

import java.util.Iterator;
import java.util.List;

/** Python's {@code str()} and {@code repr()}. */
final class Printing {
    private Printing() {}

    /** Appends what {@code str(value)} gives, which is also what a template prints. */
    static void print(Value value, TextBuilder out) {
        switch (value) {
            case Str text -> out.append(text);
            case Value.Undefined undefined -> {}
            default -> represent(value, out);
        }
    }

    static Str text(Value value, Budget budget) {
        if (value instanceof Str text) {
            return text;
        }
        TextBuilder out = new TextBuilder(budget);
        print(value, out);
        return out.build();
    }

    static void represent(Value value, TextBuilder out) {
        switch (value) {
            case Str text -> quote(text, out);
            case Value.None none -> out.append("None");
            case Value.Bool bool -> out.append(bool == Value.Bool.TRUE ? "True" : "False");
            case Value.Int number -> out.append(Numbers.print(number.number()));
            case Value.Real number -> out.append(Numbers.print(number.number()));
            case Value.Undefined undefined -> out.append("Undefined");
            case Value.ListOf list -> sequence("[", list.items(), "]", out);
            case Value.Tuple tuple -> sequence("(", tuple.items(), tuple.items().size() == 1 ? ",)" : ")", out);
            case Value.Range range ->
                out.append("range(" + range.start() + ", " + range.stop()
                        + (range.step() == 1 ? "" : ", " + range.step()) + ")");
            case Dict dict -> dict(dict, out);
            case DictView view -> {
                out.append(Types.name(view)).append("(");
                represent(new Value.ListOf(view.items()), out);
                out.append(")");
            }
            case Value.Once once -> out.append("<" + once.description() + " object>");
            case Namespace namespace -> out.append("<Namespace>");
            case Callable callable -> out.append("<" + callable.description() + ">");
        }
    }

    private static void sequence(String open, List<Value> items, String close, TextBuilder out) {
        out.append(open);
        Iterator<Value> rest = items.iterator();
        while (rest.hasNext()) {
            represent(rest.next(), out);
            if (rest.hasNext()) {
                out.append(", ");
            }
        }
        out.append(close);
    }

    private static void dict(Dict dict, TextBuilder out) {
        out.append("{");
        String separator = "";
        for (Dict.Entry entry : dict.entries()) {
            out.append(separator);
            represent(entry.key(), out);
            out.append(": ");
            represent(entry.value(), out);
            separator = ", ";
        }
        out.append("}");
    }

    private static void quote(Str value, TextBuilder out) {
        String text = value.text();
        String quote = text.indexOf('\'') >= 0 && text.indexOf('"') < 0 ? "\"" : "'";
        out.append(quote);
        int plain = 0;
        for (int i = 0; i < text.length(); ) {
            int character = text.codePointAt(i);
            int next = i + Character.charCount(character);
            String escaped = escaped(character, quote.charAt(0));
            if (!escaped.isEmpty()) {
                out.append(value, plain, i).append(escaped, value);
                plain = next;
            }
            i = next;
        }
        out.append(value, plain, text.length()).append(quote);
    }

    /** What stands for the character, or nothing where it stands for itself. */
    private static String escaped(int character, char quote) {
        return switch (character) {
            case '\\' -> "\\\\";
            case '\n' -> "\\n";
            case '\r' -> "\\r";
            case '\t' -> "\\t";
            default -> {
                if (character == quote) {
                    yield "\\" + quote;
                }
                if (Python.isPrintable(character)) {
                    yield "";
                }
                yield character < 0x100
                        ? "\\x%02x".formatted(character)
                        : character < 0x10000 ? "\\u%04x".formatted(character) : "\\U%08x".formatted(character);
            }
        };
    }
}
