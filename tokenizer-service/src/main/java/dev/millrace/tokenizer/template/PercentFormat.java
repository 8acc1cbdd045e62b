package dev.millrace.tokenizer.template;

import java.math.BigDecimal;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Python's {@code "..." % values}. */
final class PercentFormat {
    private static final Pattern DIRECTIVE =
            Pattern.compile("%(?:\\(([^)]*)\\))?([-+ 0#]*)(\\*|\\d+)?(?:\\.(\\*|\\d+)?)?[hlL]?(.)?", Pattern.DOTALL);

    private final Budget budget;

    PercentFormat(Budget budget) {
        this.budget = budget;
    }

    Str apply(Str format, Value values) {
        List<Value> positional = values instanceof Value.Tuple tuple ? tuple.items() : List.of(values);
        TextBuilder out = new TextBuilder(budget);
        Matcher matcher = DIRECTIVE.matcher(format.text());
        int done = 0;
        int used = 0;
        while (matcher.find()) {
            out.append(format, done, matcher.start());
            done = matcher.end();
            String type = matcher.group(5);
            if (type == null) {
                throw TemplateException.failed("incomplete format");
            }
            if (type.equals("%")) {
                out.append("%");
                continue;
            }
            String name = matcher.group(1);
            if (name != null) {
                out.append(Markup.within(format, directive(matcher, named(values, name)), budget));
                continue;
            }
            if (used == positional.size()) {
                throw TemplateException.failed("not enough arguments for format string");
            }
            out.append(Markup.within(format, directive(matcher, positional.get(used++)), budget));
        }
        boolean mapping = values instanceof Dict;
        if (used < positional.size() && !mapping && !(values instanceof Value.ListOf && used == 0)) {
            throw TemplateException.failed("not all arguments converted during string formatting");
        }
        return out.append(format, done, format.text().length()).build().asMarkup(format.isMarkup());
    }

    private static Value named(Value values, String name) {
        if (!(values instanceof Dict dict)) {
            throw TemplateException.failed("format requires a mapping");
        }
        Value value = dict.find(name);
        if (value == null) {
            throw TemplateException.failed("the format's key '" + name + "' is missing");
        }
        return value;
    }

    private Str directive(Matcher matcher, Value value) {
        String flags = matcher.group(2);
        if ("*".equals(matcher.group(3)) || "*".equals(matcher.group(4))) {
            throw TemplateException.failed("a width or precision of * is not supported");
        }
        String width = matcher.group(3) == null ? "" : matcher.group(3);
        boolean point = matcher.group().indexOf('.', matcher.end(2) - matcher.start()) >= 0;
        String precision = point ? "." + (matcher.group(4) == null ? "0" : matcher.group(4)) : "";
        boolean left = flags.contains("-");
        String align = left ? "<" : flags.contains("0") ? "" : ">";
        String sign = flags.contains("+") ? "+" : flags.contains(" ") ? " " : "";
        String alternate = flags.contains("#") ? "#" : "";
        String zero = !left && flags.contains("0") ? "0" : "";
        return switch (matcher.group(5)) {
            case "s" ->
                FormatSpec.parse((left ? "<" : ">") + width + precision + "s")
                        .format(Printing.text(value, budget), budget);
            case "r", "a" -> {
                TextBuilder represented = new TextBuilder(budget);
                Printing.represent(value, represented);
                yield FormatSpec.parse((left ? "<" : ">") + width + precision + "s")
                        .format(represented.build(), budget);
            }
            case "d", "i", "u" ->
                FormatSpec.parse(align + sign + zero + width + "d").format(whole(value), budget);
            case "x", "X", "o" -> {
                if (Numbers.integer(value) == null) {
                    throw TemplateException.failed("%x format: an integer is required, not " + Types.name(value));
                }
                yield FormatSpec.parse(align + sign + alternate + zero + width + matcher.group(5))
                        .format(value, budget);
            }
            case "e", "E", "f", "F", "g", "G" -> {
                if (!Numbers.is(value)) {
                    throw TemplateException.failed("must be real number, not " + Types.name(value));
                }
                yield FormatSpec.parse(align + sign + zero + width + precision + matcher.group(5))
                        .format(value, budget);
            }
            case "c" ->
                FormatSpec.parse(align + width + (value instanceof Str ? "s" : "c"))
                        .format(value, budget);
            default -> throw TemplateException.failed("unsupported format character '" + matcher.group(5) + "'");
        };
    }

    private static Value whole(Value value) {
        if (value instanceof Value.Real real && Double.isFinite(real.number())) {
            return new Value.Int(new BigDecimal(real.number()).toBigInteger());
        }
        if (Numbers.integer(value) == null) {
            throw TemplateException.failed("%d format: a real number is required, not " + Types.name(value));
        }
        return value;
    }
}
