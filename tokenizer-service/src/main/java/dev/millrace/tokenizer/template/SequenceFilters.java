package dev.millrace.tokenizer.template;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Function;

/** Filters that order, cut and sum up sequences. */
final class SequenceFilters {
    private SequenceFilters() {}

    static void addTo(Map<String, Filters.Filter> table) {
        for (String name : List.of("length", "count")) {
            table.put(name, (input, arguments, run) -> {
                arguments.none(name);
                OptionalInt length = Iteration.length(input);
                if (length.isEmpty()) {
                    throw TemplateException.failed("object of type '" + Types.name(input) + "' has no len()");
                }
                return Value.Int.of(length.getAsInt());
            });
        }
        table.put("list", (input, arguments, run) -> {
            arguments.none("list");
            return new Value.ListOf(Iteration.list(input));
        });
        table.put("first", (input, arguments, run) -> {
            Iterator<Value> items = Iteration.of(input);
            return items.hasNext() ? items.next() : new Value.Undefined("No first item, sequence was empty.");
        });
        table.put("last", (input, arguments, run) -> last(input));
        table.put("join", (input, arguments, run) -> {
            Arguments.Bound bound = arguments.bind("join", "d", "attribute");
            Iterator<Value> items = Iteration.of(input);
            Iterator<Value> joined = bound.orNone(1) instanceof Value.None
                    ? items
                    : SelectingFilters.mapped(items, Attributes.of(bound.required(1)));
            Str separator = Printing.text(bound.or(0, Str.EMPTY), run.budget());
            return Texts.join(separator, joined, true, run.budget());
        });
        table.put("reverse", SequenceFilters::reverse);
        table.put("sort", SequenceFilters::sort);
        table.put("unique", SequenceFilters::unique);
        table.put("min", (input, arguments, run) -> extreme("min", input, arguments, -1));
        table.put("max", (input, arguments, run) -> extreme("max", input, arguments, 1));
        table.put("sum", SequenceFilters::sum);
        table.put("batch", SequenceFilters::batch);
        table.put("slice", SequenceFilters::slice);
        table.put("groupby", SequenceFilters::groupby);
    }

    private static Value last(Value input) {
        return switch (input) {
            case Value.ListOf list when !list.items().isEmpty() -> list.items().getLast();
            case Value.Tuple tuple
            when !tuple.items().isEmpty() -> tuple.items().getLast();
            case Str text when !text.isEmpty() -> text.at(text.length() - 1);
            case Value.Once once -> throw TemplateException.failed("'generator' object is not reversible");
            case Value.Undefined undefined -> throw TemplateException.failed("'Undefined' object is not reversible");
            default -> {
                List<Value> items = Iteration.list(input);
                yield items.isEmpty() ? new Value.Undefined("No last item, sequence was empty.") : items.getLast();
            }
        };
    }

    private static Value reverse(Value input, Arguments arguments, Interpreter run) {
        arguments.none("reverse");
        if (input instanceof Str text) {
            return Slicing.slice(text, Value.None.NONE, Value.None.NONE, Value.Int.of(-1));
        }
        List<Value> reversed = new ArrayList<>(Iteration.list(input));
        Collections.reverse(reversed);
        return input instanceof Value.Once
                ? new Value.ListOf(reversed)
                : new Value.Once("list_reverseiterator", reversed.iterator());
    }

    /** What a value is sorted by: texts without their case unless asked otherwise. */
    private static Value key(Value value, boolean caseSensitive) {
        return !caseSensitive && value instanceof Str text ? Texts.lower(text) : value;
    }

    private static Value sort(Value input, Arguments arguments, Interpreter run) {
        Arguments.Bound bound = arguments.bind("sort", "reverse", "case_sensitive", "attribute");
        List<Function<Value, Value>> keys = bound.orNone(2) instanceof Str names
                ? Attributes.several(names)
                : List.of(Attributes.of(bound.orNone(2)));
        Comparator<Value> order = (left, right) -> {
            for (Function<Value, Value> key : keys) {
                Value a = key(key.apply(left), bound.truth(1));
                Value b = key(key.apply(right), bound.truth(1));
                if (!Comparison.equal(a, b)) {
                    return Comparison.compare(a, b);
                }
            }
            return 0;
        };
        return new Value.ListOf(sorted(Iteration.list(input), bound.truth(0) ? order.reversed() : order, run));
    }

    private static List<Value> sorted(List<Value> items, Comparator<Value> order, Interpreter run) {
        List<Value> sorted = new ArrayList<>(items);
        run.budget().takeItems(sorted.size());
        try {
            sorted.sort(order);
        } catch (IllegalArgumentException e) {
            // values such as NaN have no order; Python leaves the list as it happens to fall
            return items;
        }
        return sorted;
    }

    private static Value unique(Value input, Arguments arguments, Interpreter run) {
        Arguments.Bound bound = arguments.bind("unique", "case_sensitive", "attribute");
        Function<Value, Value> attribute = Attributes.of(bound.orNone(1));
        Set<Object> seen = new HashSet<>();
        return SelectingFilters.lazily(
                "sync_do_unique",
                SelectingFilters.filtered(
                        Iteration.of(input),
                        item -> seen.add(Dict.identity(key(attribute.apply(item), bound.truth(0))))));
    }

    private static Value extreme(String name, Value input, Arguments arguments, int sign) {
        Arguments.Bound bound = arguments.bind(name, "case_sensitive", "attribute");
        Function<Value, Value> attribute = Attributes.of(bound.orNone(1));
        Iterator<Value> items = Iteration.of(input);
        if (!items.hasNext()) {
            return new Value.Undefined("No aggregated item, sequence was empty.");
        }
        Value best = items.next();
        Value bestKey = key(attribute.apply(best), bound.truth(0));
        while (items.hasNext()) {
            Value item = items.next();
            Value key = key(attribute.apply(item), bound.truth(0));
            if (sign * Comparison.compare(key, bestKey) > 0) {
                best = item;
                bestKey = key;
            }
        }
        return best;
    }

    private static Value sum(Value input, Arguments arguments, Interpreter run) {
        Arguments.Bound bound = arguments.bind("sum", "attribute", "start");
        Function<Value, Value> attribute = Attributes.of(bound.orNone(0));
        Value sum = bound.or(1, Value.Int.of(0));
        if (sum instanceof Str) {
            throw TemplateException.failed("sum() can't sum strings [use ''.join(seq) instead]");
        }
        Iterator<Value> items = Iteration.of(input);
        while (items.hasNext()) {
            sum = run.arithmetic().apply(Arithmetic.Operator.ADD, sum, attribute.apply(items.next()));
        }
        return sum;
    }

    private static Value batch(Value input, Arguments arguments, Interpreter run) {
        Arguments.Bound bound = arguments.bind("batch", "linecount", "fill_with");
        int size = Numbers.index(bound.required(0));
        List<Value> batches = new ArrayList<>();
        List<Value> batch = new ArrayList<>();
        for (Value item : Iteration.list(input)) {
            if (batch.size() == size) {
                batches.add(new Value.ListOf(batch));
                batch = new ArrayList<>();
            }
            batch.add(item);
        }
        if (!batch.isEmpty()) {
            if (!(bound.orNone(1) instanceof Value.None)) {
                run.budget().takeItems(size - batch.size());
                batch.addAll(Collections.nCopies(Math.max(0, size - batch.size()), bound.required(1)));
            }
            batches.add(new Value.ListOf(batch));
        }
        return SelectingFilters.lazily("do_batch", batches.iterator());
    }

    private static Value slice(Value input, Arguments arguments, Interpreter run) {
        Arguments.Bound bound = arguments.bind("slice", "slices", "fill_with");
        List<Value> items = Iteration.list(input);
        int count = Numbers.index(bound.required(0));
        if (count == 0) {
            throw TemplateException.failed("integer division or modulo by zero");
        }
        run.budget().takeItems(count);
        List<Value> slices = new ArrayList<>();
        int start = 0;
        for (int i = 0; i < count; i++) {
            boolean longer = i < items.size() % count;
            int end = start + items.size() / count + (longer ? 1 : 0);
            List<Value> slice = new ArrayList<>(items.subList(start, end));
            if (!longer && !(bound.orNone(1) instanceof Value.None)) {
                slice.add(bound.required(1));
            }
            slices.add(new Value.ListOf(slice));
            start = end;
        }
        return SelectingFilters.lazily("sync_do_slice", slices.iterator());
    }

    private static Value groupby(Value input, Arguments arguments, Interpreter run) {
        Arguments.Bound bound = arguments.bind("groupby", "attribute", "default", "case_sensitive");
        Function<Value, Value> plain = Attributes.of(bound.required(0), bound.orNone(1));
        Function<Value, Value> key = item -> key(plain.apply(item), bound.truth(2));
        List<Value> groups = new ArrayList<>();
        List<Value> group = new ArrayList<>();
        Comparator<Value> order = Comparator.comparing(key, Comparison::compare);
        for (Value item : sorted(Iteration.list(input), order, run)) {
            if (!group.isEmpty() && !Comparison.equal(key.apply(group.getFirst()), key.apply(item))) {
                groups.add(group(plain, group));
                group = new ArrayList<>();
            }
            group.add(item);
        }
        if (!group.isEmpty()) {
            groups.add(group(plain, group));
        }
        return new Value.ListOf(groups);
    }

    private static Value group(Function<Value, Value> key, List<Value> items) {
        return Value.Tuple.of(key.apply(items.getFirst()), new Value.ListOf(items));
    }
}
