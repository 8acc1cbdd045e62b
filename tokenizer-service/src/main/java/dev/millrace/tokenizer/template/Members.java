package dev.millrace.tokenizer.template;

import java.math.BigInteger;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** {@code value.name} and {@code value[key]}, by the rules of Jinja's sandbox. */
final class Members {
    /** Methods that change a list or dict: there, but not for templates. */
    private static final Set<String> CHANGING = Set.of(
            "append",
            "clear",
            "extend",
            "insert",
            "pop",
            "popitem",
            "remove",
            "reverse",
            "setdefault",
            "sort",
            "update");

    private Members() {}

    /** {@code value.name}: Jinja looks for methods first, so a dict's key {@code items} hides behind the method. */
    static Value attribute(Value target, String name) {
        if (target instanceof Value.Undefined undefined) {
            throw undefined.failure();
        }
        Value method = member(target, name);
        if (method != null) {
            return method;
        }
        Value entry = target instanceof Dict dict ? dict.find(name) : null;
        return entry == null
                ? new Value.Undefined("'" + description(target) + "' has no attribute '" + name + "'")
                : entry;
    }

    /** {@code value[key]}: entries first, then methods. */
    static Value item(Value target, Value key) {
        Value entry = entry(target, key);
        if (entry != null) {
            return entry;
        }
        if (key instanceof Str name) {
            Value method = member(target, name.text());
            return method == null
                    ? new Value.Undefined("'" + description(target) + "' has no attribute '" + name.text() + "'")
                    : method;
        }
        return new Value.Undefined(description(target) + " has no such element");
    }

    private static @Nullable Value entry(Value target, Value key) {
        return switch (target) {
            case Dict dict -> key instanceof Value.ListOf || key instanceof Dict ? null : dict.find(key);
            case Value.ListOf list -> element(list.items(), key);
            case Value.Tuple tuple -> element(tuple.items(), key);
            case Str text -> {
                int index = place(key, text.length());
                yield index < 0 ? null : text.at(index);
            }
            case Value.Range range -> {
                int index = place(key, range.size());
                yield index < 0 ? null : range.at(index);
            }
            case Value.Undefined undefined -> throw undefined.failure();
            default -> null;
        };
    }

    private static @Nullable Value element(List<Value> items, Value key) {
        int index = place(key, items.size());
        return index < 0 ? null : items.get(index);
    }

    /** The index that a key means in a sequence, counted from the end if negative; -1 for none. */
    private static int place(Value key, int length) {
        BigInteger integer = Numbers.integer(key);
        if (integer == null || integer.bitLength() > 31) {
            return -1;
        }
        int index = integer.intValue();
        int place = index < 0 ? index + length : index;
        return place >= 0 && place < length ? place : -1;
    }

    private static @Nullable Value member(Value target, String name) {
        return switch (target) {
            case Str text -> StringMethods.bound(text, name);
            case Dict dict ->
                CHANGING.contains(name) && !listOnly(name) ? unsafe(target, name) : dictMethod(dict, name);
            case Value.ListOf list ->
                CHANGING.contains(name) && !dictOnly(name)
                        ? unsafe(target, name)
                        : listMethod(target, list.items(), name);
            case Value.Tuple tuple -> name.equals("copy") ? null : listMethod(target, tuple.items(), name);
            case Value.Range range ->
                switch (name) {
                    case "start" -> Value.Int.of(range.start());
                    case "stop" -> Value.Int.of(range.stop());
                    case "step" -> Value.Int.of(range.step());
                    default -> null;
                };
            case Namespace namespace -> namespace.find(name);
            case Callable callable -> callable.attribute(name);
            case Value.Int number -> numberAttribute(number, name);
            case Value.Real number ->
                name.equals("is_integer")
                        ? method(name, (arguments, run) -> Value.Bool.of(Numbers.isWhole(number.number())))
                        : null;
            default -> null;
        };
    }

    private static boolean listOnly(String name) {
        return Set.of("append", "extend", "insert", "remove", "reverse", "sort").contains(name);
    }

    private static boolean dictOnly(String name) {
        return Set.of("popitem", "setdefault", "update").contains(name);
    }

    private static Value unsafe(Value target, String name) {
        return new Value.Undefined(
                "access to attribute '" + name + "' of '" + Types.name(target) + "' object is unsafe.");
    }

    private static Callable.Builtin method(String name, Callable.Body body) {
        return new Callable.Builtin(name, body);
    }

    private static @Nullable Value dictMethod(Dict dict, String name) {
        return switch (name) {
            case "get" ->
                method(name, (arguments, run) -> {
                    arguments.onlyPositional(name);
                    Arguments.Bound bound = arguments.bind("get", "key", "default");
                    Value value = dict.find(bound.required(0));
                    return value == null ? bound.orNone(1) : value;
                });
            case "keys" -> view(dict, name, DictView.Part.KEYS);
            case "values" -> view(dict, name, DictView.Part.VALUES);
            case "items" -> view(dict, name, DictView.Part.ITEMS);
            case "copy" ->
                method(name, (arguments, run) -> {
                    arguments.none(name);
                    return dict;
                });
            default -> null;
        };
    }

    private static Value view(Dict dict, String name, DictView.Part part) {
        return method(name, (arguments, run) -> {
            arguments.none(name);
            return new DictView(dict, part);
        });
    }

    private static @Nullable Value listMethod(Value self, List<Value> items, String name) {
        return switch (name) {
            case "index" ->
                method(name, (arguments, run) -> {
                    Arguments.Bound bound = arguments.bind("index", "value", "start", "stop");
                    int start = bound.integer(1, 0);
                    int stop = bound.integer(2, items.size());
                    for (int i = start < 0 ? Math.max(0, start + items.size()) : start;
                            i < Math.min(items.size(), stop < 0 ? stop + items.size() : stop);
                            i++) {
                        if (Comparison.equal(items.get(i), bound.required(0))) {
                            return Value.Int.of(i);
                        }
                    }
                    throw TemplateException.failed("the value is not in the list");
                });
            case "count" ->
                method(name, (arguments, run) -> {
                    Value wanted = arguments.bind("count", "value").required(0);
                    return Value.Int.of(items.stream()
                            .filter(item -> Comparison.equal(item, wanted))
                            .count());
                });
            case "copy" -> method(name, (arguments, run) -> self);
            default -> null;
        };
    }

    private static @Nullable Value numberAttribute(Value.Int number, String name) {
        return switch (name) {
            case "real", "numerator" -> number;
            case "imag" -> Value.Int.of(0);
            case "denominator" -> Value.Int.of(1);
            case "bit_length" ->
                method(
                        name,
                        (arguments, run) -> Value.Int.of(number.number().abs().bitLength()));
            default -> null;
        };
    }

    private static String description(Value target) {
        return target instanceof Value.None ? "None" : Types.name(target) + " object";
    }
}
