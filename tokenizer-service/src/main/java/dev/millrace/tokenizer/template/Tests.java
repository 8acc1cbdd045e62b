package dev.millrace.tokenizer.template;

import java.math.BigInteger;
import java.util.Map;
import java.util.TreeMap;

/** What can stand behind {@code is}. */
final class Tests {
    @FunctionalInterface
    interface Test {
        boolean holds(Value value, Arguments arguments);
    }

    @FunctionalInterface
    private interface Simple {
        boolean holds(Value value);
    }

    static final Map<String, Test> TABLE = table();

    private Tests() {}

    private static Map<String, Test> table() {
        Map<String, Test> table = new TreeMap<>();
        types(table);
        numbers(table);
        comparisons(table);
        simple(table, "lower", value -> StringMethods.isLower(print(value)));
        simple(table, "upper", value -> StringMethods.isUpper(print(value)));
        simple(table, "filter", value -> value instanceof Str name && Filters.TABLE.containsKey(name.text()));
        simple(table, "test", value -> value instanceof Str name && Tests.TABLE.containsKey(name.text()));
        simple(table, "escaped", value -> value instanceof Str text && text.isMarkup());
        return Map.copyOf(table);
    }

    private static void simple(Map<String, Test> table, String name, Simple test) {
        table.put(name, (value, arguments) -> {
            arguments.none(name);
            return test.holds(value);
        });
    }

    private static String print(Value value) {
        return Printing.text(value, new Budget(Limits.DEFAULT)).text();
    }

    private static void types(Map<String, Test> table) {
        simple(table, "defined", value -> !(value instanceof Value.Undefined));
        simple(table, "undefined", value -> value instanceof Value.Undefined);
        simple(table, "none", value -> value instanceof Value.None);
        simple(table, "boolean", value -> value instanceof Value.Bool);
        simple(table, "true", value -> value == Value.Bool.TRUE);
        simple(table, "false", value -> value == Value.Bool.FALSE);
        simple(table, "integer", value -> value instanceof Value.Int);
        simple(table, "float", value -> value instanceof Value.Real);
        simple(table, "number", Numbers::is);
        simple(table, "string", value -> value instanceof Str);
        simple(table, "mapping", value -> value instanceof Dict);
        simple(table, "iterable", Iteration::possible);
        simple(table, "callable", value -> value instanceof Callable || value instanceof Value.Undefined);
        simple(table, "sequence", value -> switch (value) {
            case Str text -> true;
            case Value.ListOf list -> true;
            case Value.Tuple tuple -> true;
            case Value.Range range -> true;
            case Value.Undefined undefined -> true;
            case Dict dict -> true;
            default -> false;
        });
    }

    private static void numbers(Map<String, Test> table) {
        simple(table, "odd", value -> remainder(value, Value.Int.of(2)).equals(Value.Int.of(1)));
        simple(table, "even", value -> remainder(value, Value.Int.of(2)).equals(Value.Int.of(0)));
        table.put("divisibleby", (value, arguments) -> {
            Value divisor = arguments.bind("divisibleby", "num").required(0);
            return !Truth.of(remainder(value, divisor));
        });
    }

    private static Value remainder(Value value, Value divisor) {
        Value remainder =
                new Arithmetic(new Budget(Limits.DEFAULT)).apply(Arithmetic.Operator.REMAINDER, value, divisor);
        // 3.0 is as odd as 3
        return remainder instanceof Value.Real real && Numbers.isWhole(real.number())
                ? new Value.Int(BigInteger.valueOf((long) real.number()))
                : remainder;
    }

    private static void comparisons(Map<String, Test> table) {
        compare(table, Comparison.Operator.EQUAL, "==", "eq", "equalto");
        compare(table, Comparison.Operator.NOT_EQUAL, "!=", "ne");
        compare(table, Comparison.Operator.GREATER, ">", "gt", "greaterthan");
        compare(table, Comparison.Operator.GREATER_OR_EQUAL, ">=", "ge");
        compare(table, Comparison.Operator.LESS, "<", "lt", "lessthan");
        compare(table, Comparison.Operator.LESS_OR_EQUAL, "<=", "le");
        compare(table, Comparison.Operator.IN, "in");
        table.put(
                "sameas",
                (value, arguments) ->
                        same(value, arguments.bind("sameas", "other").required(0)));
    }

    private static void compare(Map<String, Test> table, Comparison.Operator operator, String... names) {
        for (String name : names) {
            table.put(
                    name,
                    (value, arguments) -> Comparison.holds(
                            operator, value, arguments.bind(name, "other").required(0)));
        }
    }

    /** Python keeps one object for each constant, small integer and literal text, but not for what is computed. */
    @SuppressWarnings("ReferenceEquality")
    private static boolean same(Value value, Value other) {
        return switch (value) {
            case Value.Int number -> number.number().bitLength() <= 8 && number.equals(other);
            case Str text -> text.equals(other);
            default -> value == other;
        };
    }
}
