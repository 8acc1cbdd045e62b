package dev.millrace.tokenizer.template;

import java.math.BigInteger;
import java.util.List;

/** Python's {@code "...".format(...)}, with the sandbox's rules for attributes. */
final class BraceFormat {
    private final Interpreter run;
    private int automatic;

    BraceFormat(Interpreter run) {
        this.run = run;
    }

    Str apply(Str format, Arguments arguments) {
        return apply(format, arguments, 0);
    }

    private Str apply(Str format, Arguments arguments, int depth) {
        if (depth > 2) {
            throw TemplateException.failed("Max string recursion exceeded");
        }
        String text = format.text();
        TextBuilder out = new TextBuilder(run.budget());
        for (int i = 0; i < text.length(); i++) {
            char unit = text.charAt(i);
            boolean doubled = i + 1 < text.length() && text.charAt(i + 1) == unit;
            if ((unit == '{' || unit == '}') && doubled) {
                out.append(format, i, ++i);
            } else if (unit == '{') {
                int end = closing(text, i);
                out.append(Markup.within(format, field(format.slice(i + 1, end), arguments, depth), run.budget()));
                i = end;
            } else if (unit == '}') {
                throw TemplateException.failed("Single '}' encountered in format string");
            } else {
                out.append(format, i, i + 1);
            }
        }
        return out.build().asMarkup(format.isMarkup());
    }

    private static int closing(String text, int open) {
        int depth = 0;
        for (int i = open; i < text.length(); i++) {
            depth += text.charAt(i) == '{' ? 1 : text.charAt(i) == '}' ? -1 : 0;
            if (depth == 0) {
                return i;
            }
        }
        throw TemplateException.failed("Single '{' encountered in format string");
    }

    private Str field(Str field, Arguments arguments, int depth) {
        String text = field.text();
        int nameEnd = 0;
        int brackets = 0;
        while (nameEnd < text.length() && (brackets > 0 || "!:".indexOf(text.charAt(nameEnd)) < 0)) {
            brackets += text.charAt(nameEnd) == '[' ? 1 : text.charAt(nameEnd) == ']' ? -1 : 0;
            nameEnd++;
        }
        Value value = value(text.substring(0, nameEnd), arguments);
        int specStart = nameEnd;
        if (text.startsWith("!", nameEnd)) {
            value = converted(value, nameEnd + 1 < text.length() ? text.charAt(nameEnd + 1) : ' ');
            specStart = nameEnd + 2;
        }
        if (specStart < text.length() && text.charAt(specStart) != ':') {
            throw TemplateException.failed("expected ':' after conversion specifier");
        }
        Str spec = specStart < text.length() ? field.slice(specStart + 1, text.length()) : Str.EMPTY;
        String rendered = apply(spec, arguments, depth + 1).text();
        if (rendered.isEmpty()) {
            return Printing.text(value, run.budget());
        }
        return FormatSpec.parse(rendered).format(value, run.budget());
    }

    private Value converted(Value value, char conversion) {
        return switch (conversion) {
            case 's' -> Printing.text(value, run.budget());
            case 'r', 'a' -> {
                TextBuilder represented = new TextBuilder(run.budget());
                Printing.represent(value, represented);
                yield represented.build();
            }
            default -> throw TemplateException.failed("Unknown conversion specifier " + conversion);
        };
    }

    private Value value(String path, Arguments arguments) {
        int end = 0;
        while (end < path.length() && ".[".indexOf(path.charAt(end)) < 0) {
            end++;
        }
        Value value = start(path.substring(0, end), arguments);
        while (end < path.length()) {
            int next = end + 1;
            if (path.charAt(end) == '.') {
                while (next < path.length() && ".[".indexOf(path.charAt(next)) < 0) {
                    next++;
                }
                value = Members.attribute(value, path.substring(end + 1, next));
                end = next;
                continue;
            }
            next = path.indexOf(']', end);
            if (next < 0) {
                throw TemplateException.failed("Missing ']' in format string");
            }
            String key = path.substring(end + 1, next);
            value = Members.item(value, isNumber(key) ? new Value.Int(new BigInteger(key)) : Str.of(key));
            end = next + 1;
        }
        return value;
    }

    private Value start(String name, Arguments arguments) {
        List<Value> positional = arguments.positional();
        if (name.isEmpty() || (isNumber(name) && name.length() < 9)) {
            int index = name.isEmpty() ? automatic++ : Integer.parseInt(name);
            if (index >= positional.size()) {
                throw TemplateException.failed(
                        "Replacement index " + index + " out of range for positional args tuple");
            }
            return positional.get(index);
        }
        Value value = arguments.named().get(name);
        if (value == null) {
            throw TemplateException.failed("the format's key '" + name + "' is missing");
        }
        return value;
    }

    private static boolean isNumber(String text) {
        return !text.isEmpty() && text.chars().allMatch(unit -> unit >= '0' && unit <= '9');
    }
}
