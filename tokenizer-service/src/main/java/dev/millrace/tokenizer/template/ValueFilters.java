package dev.millrace.tokenizer.template;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Filters for numbers, dicts, JSON, and missing values. */
final class ValueFilters {
    private ValueFilters() {}

    static void addTo(Map<String, Filters.Filter> table) {
        for (String name : List.of("default", "d")) {
            table.put(name, (input, arguments, run) -> {
                Arguments.Bound bound = arguments.bind(name, "default_value", "boolean");
                boolean missing = input instanceof Value.Undefined || (bound.truth(1) && !Truth.of(input));
                return missing ? bound.or(0, Str.EMPTY) : input;
            });
        }
        table.put("tojson", ValueFilters::tojson);
        table.put("dictsort", ValueFilters::dictsort);
        table.put("int", ValueFilters::integer);
        table.put("float", ValueFilters::real);
        table.put("abs", (input, arguments, run) -> {
            arguments.none("abs");
            return Numbers.is(input) && Numbers.compare(input, Value.Int.of(0)) >= 0 && !(input instanceof Value.Bool)
                    ? input
                    : run.arithmetic().signed(Numbers.compare(positive(input), Value.Int.of(0)) < 0, input);
        });
        table.put("round", ValueFilters::round);
        table.put("attr", (input, arguments, run) -> attribute(input, arguments));
        table.put("pprint", (input, arguments, run) -> {
            TextBuilder out = new TextBuilder(run.budget());
            Printing.represent(input, out);
            return out.build();
        });
    }

    private static Value positive(Value value) {
        if (value instanceof Value.Undefined undefined) {
            throw undefined.failure();
        }
        if (!Numbers.is(value)) {
            throw TemplateException.failed("bad operand type for abs(): '" + Types.name(value) + "'");
        }
        return value;
    }

    private static Value attribute(Value input, Arguments arguments) {
        Str name = arguments.bind("attr", "name").text(0, "");
        Value value = Members.attribute(input, name.text());
        // the filter sees attributes alone, never a dict's entries
        boolean entry = input instanceof Dict && !(value instanceof Callable.Builtin);
        return entry ? new Value.Undefined("'dict object' has no attribute '" + name.text() + "'") : value;
    }

    private static Value tojson(Value input, Arguments arguments, Interpreter run) {
        Arguments.Bound bound = arguments.bind("tojson", "ensure_ascii", "indent", "separators", "sort_keys");
        Optional<String> indent = switch (bound.orNone(1)) {
            case Value.None none -> Optional.empty();
            case Str text -> Optional.of(text.text());
            default -> {
                int width = Math.max(0, bound.integer(1, 0));
                run.budget().take(width);
                yield Optional.of(" ".repeat(width));
            }
        };
        String between = indent.isPresent() ? "," : ", ";
        String afterKey = ": ";
        if (!(bound.orNone(2) instanceof Value.None)) {
            List<Value> separators = Iteration.list(bound.required(2));
            if (separators.size() != 2
                    || !(separators.getFirst() instanceof Str item)
                    || !(separators.getLast() instanceof Str key)) {
                throw TemplateException.failed("tojson's separators are two texts");
            }
            between = item.text();
            afterKey = key.text();
        }
        JsonWriter.Style style = new JsonWriter.Style(indent, between, afterKey, bound.truth(0), bound.truth(3));
        return JsonWriter.write(input, style, run.budget());
    }

    private static Value dictsort(Value input, Arguments arguments, Interpreter run) {
        Arguments.Bound bound = arguments.bind("dictsort", "case_sensitive", "by", "reverse");
        String by = bound.text(1, "key").text();
        if (!by.equals("key") && !by.equals("value")) {
            throw TemplateException.failed("You can only sort by either \"key\" or \"value\"");
        }
        if (input instanceof Value.Undefined undefined) {
            throw undefined.failure();
        }
        if (!(input instanceof Dict dict)) {
            throw TemplateException.failed("'" + Types.name(input) + "' object has no attribute 'items'");
        }
        Comparator<Dict.Entry> order = Comparator.comparing(
                entry -> {
                    Value value = by.equals("key") ? entry.key() : entry.value();
                    return !bound.truth(0) && value instanceof Str text ? Texts.lower(text) : value;
                },
                Comparison::compare);
        List<Dict.Entry> entries = new ArrayList<>(dict.entries());
        entries.sort(bound.truth(2) ? order.reversed() : order);
        List<Value> pairs = new ArrayList<>(entries.size());
        entries.forEach(entry -> pairs.add(entry.pair()));
        return new Value.ListOf(pairs);
    }

    private static Value integer(Value input, Arguments arguments, Interpreter run) {
        Arguments.Bound bound = arguments.bind("int", "default", "base");
        Value fallback = bound.or(0, Value.Int.of(0));
        return switch (input) {
            case Value.Int number -> number;
            case Value.Bool bool -> Value.Int.of(bool == Value.Bool.TRUE ? 1 : 0);
            case Value.Real real -> {
                if (Double.isInfinite(real.number())) {
                    throw TemplateException.failed("cannot convert float infinity to integer");
                }
                yield truncated(real.number(), fallback);
            }
            case Value.Undefined undefined -> throw undefined.failure();
            case Str text -> {
                BigInteger integer = Numbers.parseInteger(text.text(), bound.integer(1, 10));
                if (integer != null) {
                    yield new Value.Int(integer);
                }
                Double real = Numbers.parseReal(text.text());
                yield real == null ? fallback : truncated(real, fallback);
            }
            default -> fallback;
        };
    }

    private static Value truncated(double real, Value fallback) {
        return Double.isNaN(real) || Double.isInfinite(real)
                ? fallback
                : new Value.Int(new BigDecimal(real).toBigInteger());
    }

    private static Value real(Value input, Arguments arguments, Interpreter run) {
        Value fallback = arguments.bind("float", "default").or(0, new Value.Real(0));
        return switch (input) {
            case Value.Undefined undefined -> throw undefined.failure();
            case Str text -> {
                Double real = Numbers.parseReal(text.text());
                yield real == null ? fallback : new Value.Real(real);
            }
            default -> Numbers.is(input) ? new Value.Real(Numbers.real(input)) : fallback;
        };
    }

    private static Value round(Value input, Arguments arguments, Interpreter run) {
        Arguments.Bound bound = arguments.bind("round", "precision", "method");
        int precision = Math.clamp(bound.integer(0, 0), -400, 400);
        RoundingMode mode = switch (bound.text(1, "common").text()) {
            case "common" -> RoundingMode.HALF_EVEN;
            case "ceil" -> RoundingMode.CEILING;
            case "floor" -> RoundingMode.FLOOR;
            default -> throw TemplateException.failed("method must be common, ceil or floor");
        };
        if (mode == RoundingMode.HALF_EVEN) {
            BigInteger integer = Numbers.integer(positive(input));
            if (integer != null) {
                BigDecimal rounded = new BigDecimal(integer).setScale(Math.min(0, precision), mode);
                return new Value.Int(rounded.toBigInteger());
            }
            double number = Numbers.real(input);
            if (Double.isNaN(number) || Double.isInfinite(number)) {
                return input;
            }
            double rounded = new BigDecimal(number).setScale(precision, mode).doubleValue();
            return new Value.Real(rounded == 0 ? Math.copySign(0, number) : rounded);
        }
        double power = Math.pow(10, precision);
        double scaled = Numbers.real(positive(input)) * power;
        return new Value.Real((mode == RoundingMode.CEILING ? Math.ceil(scaled) : Math.floor(scaled)) / power);
    }
}
