package dev.millrace.tokenizer.template;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** The argument {@code attribute} of filters: a path such as {@code function.name} or {@code 0}. */
final class Attributes {
    private Attributes() {}

    static Function<Value, Value> of(Value path) {
        return of(path, Value.None.NONE);
    }

    /** @param fallback stands for a missing attribute, unless None */
    static Function<Value, Value> of(Value path, Value fallback) {
        List<Value> parts = parts(path);
        return item -> {
            Value value = item;
            for (Value part : parts) {
                value = Members.item(value, part);
                if (value instanceof Value.Undefined && !(fallback instanceof Value.None)) {
                    value = fallback;
                }
            }
            return value;
        };
    }

    /** Several paths with commas between them. */
    static List<Function<Value, Value>> several(Str paths) {
        List<Function<Value, Value>> all = new ArrayList<>();
        for (Value path : Texts.split(paths, ",", -1, false)) {
            all.add(of(path));
        }
        return all;
    }

    private static List<Value> parts(Value path) {
        return switch (path) {
            case Value.None none -> List.of();
            case Str text ->
                Texts.split(text, ".", -1, false).stream().map(Attributes::part).toList();
            default -> List.of(path);
        };
    }

    private static Value part(Value part) {
        String name = ((Str) part).text();
        boolean index = !name.isEmpty() && name.chars().allMatch(unit -> unit >= '0' && unit <= '9');
        return index ? new Value.Int(new BigInteger(name)) : part;
    }
}
