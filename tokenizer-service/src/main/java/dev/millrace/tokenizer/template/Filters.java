package dev.millrace.tokenizer.template;

import java.util.Map;
import java.util.TreeMap;

/** What can stand behind a bar: all filters by name. */
final class Filters {
    @FunctionalInterface
    interface Filter {
        Value apply(Value input, Arguments arguments, Interpreter run);
    }

    static final Map<String, Filter> TABLE = table();

    private Filters() {}

    private static Map<String, Filter> table() {
        Map<String, Filter> table = new TreeMap<>();
        TextFilters.addTo(table);
        SequenceFilters.addTo(table);
        SelectingFilters.addTo(table);
        ValueFilters.addTo(table);
        return Map.copyOf(table);
    }
}
