package dev.millrace.tokenizer.template;

import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Filters that go through a sequence item by item, when the items are asked for. */
final class SelectingFilters {
    private SelectingFilters() {}

    static void addTo(Map<String, Filters.Filter> table) {
        table.put("map", SelectingFilters::map);
        table.put("select", (input, arguments, run) -> select("sync_do_select", input, arguments, run, false, true));
        table.put("reject", (input, arguments, run) -> select("sync_do_reject", input, arguments, run, false, false));
        table.put(
                "selectattr",
                (input, arguments, run) -> select("sync_do_selectattr", input, arguments, run, true, true));
        table.put(
                "rejectattr",
                (input, arguments, run) -> select("sync_do_rejectattr", input, arguments, run, true, false));
        table.put("items", (input, arguments, run) -> {
            arguments.none("items");
            return switch (input) {
                case Dict dict ->
                    lazily(
                            "do_items",
                            new DictView(dict, DictView.Part.ITEMS).items().iterator());
                case Value.Undefined undefined -> lazily("do_items", Collections.emptyIterator());
                default -> throw TemplateException.failed("Can only get item pairs from a mapping.");
            };
        });
    }

    private static Value map(Value input, Arguments arguments, Interpreter run) {
        if (!Truth.of(input)) {
            return lazily("sync_do_map", Collections.emptyIterator());
        }
        return lazily("sync_do_map", mapped(Iteration.of(input), mapping(arguments, run)));
    }

    private static Function<Value, Value> mapping(Arguments arguments, Interpreter run) {
        if (arguments.positional().isEmpty() && arguments.named().containsKey("attribute")) {
            Arguments.Bound bound = arguments.bind("map", "attribute", "default");
            return Attributes.of(bound.required(0), bound.orNone(1));
        }
        if (arguments.positional().isEmpty()) {
            throw TemplateException.failed("map requires a filter argument");
        }
        String filter = name(arguments.positional().getFirst());
        Arguments rest = rest(arguments, 1);
        return item -> run.filter(filter, item, rest);
    }

    private static String name(Value value) {
        if (value instanceof Str name) {
            return name.text();
        }
        throw TemplateException.failed("a filter or test is given by its name, not by " + Types.name(value));
    }

    private static Arguments rest(Arguments arguments, int taken) {
        List<Value> positional = arguments.positional();
        return new Arguments(positional.subList(taken, positional.size()), arguments.named());
    }

    private static Value select(
            String name, Value input, Arguments arguments, Interpreter run, boolean byAttribute, boolean keep) {
        if (!Truth.of(input)) {
            return lazily(name, Collections.emptyIterator());
        }
        int taken = byAttribute ? 1 : 0;
        if (arguments.positional().size() < taken) {
            throw TemplateException.failed("Missing parameter for attribute name");
        }
        Function<Value, Value> tested =
                byAttribute ? Attributes.of(arguments.positional().getFirst()) : Function.identity();
        Predicate<Value> test;
        if (arguments.positional().size() > taken) {
            String testName = name(arguments.positional().get(taken));
            Arguments rest = rest(arguments, taken + 1);
            test = item -> run.test(testName, item, rest);
        } else {
            test = Truth::of;
        }
        return lazily(name, filtered(Iteration.of(input), item -> test.test(tested.apply(item)) == keep));
    }

    static Value lazily(String name, Iterator<Value> items) {
        return new Value.Once("generator object " + name, items);
    }

    static Iterator<Value> mapped(Iterator<Value> items, Function<Value, Value> mapping) {
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return items.hasNext();
            }

            @Override
            public Value next() {
                return mapping.apply(items.next());
            }
        };
    }

    static Iterator<Value> filtered(Iterator<Value> items, Predicate<Value> wanted) {
        return new Iterator<>() {
            private @Nullable Value found;

            @Override
            public boolean hasNext() {
                while (found == null && items.hasNext()) {
                    Value item = items.next();
                    if (wanted.test(item)) {
                        found = item;
                    }
                }
                return found != null;
            }

            @Override
            public Value next() {
                if (!hasNext() || found == null) {
                    throw new NoSuchElementException();
                }
                Value item = found;
                found = null;
                return item;
            }
        };
    }
}
