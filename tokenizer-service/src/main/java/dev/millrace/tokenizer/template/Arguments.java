package dev.millrace.tokenizer.template;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a call passes. */
record Arguments(List<Value> positional, Map<String, Value> named) {
    static final Arguments NONE = new Arguments(List.of(), Map.of());

    /**
     * Puts the arguments in the order of the function's parameters.
     *
     * @throws TemplateException if there are more than parameters, or one by an unknown name, or one twice
     */
    Bound bind(String function, String... parameters) {
        if (positional.size() > parameters.length) {
            throw TemplateException.failed(
                    function + "() takes at most " + parameters.length + " arguments, not " + positional.size());
        }
        List<@Nullable Value> values = new ArrayList<>(parameters.length);
        values.addAll(positional);
        int named = 0;
        for (int i = positional.size(); i < parameters.length; i++) {
            Value value = this.named.get(parameters[i]);
            values.add(value);
            named += value == null ? 0 : 1;
        }
        if (named < this.named.size()) {
            Iterator<String> unknown = this.named.keySet().stream()
                    .filter(name -> !Arrays.asList(parameters)
                            .subList(positional.size(), parameters.length)
                            .contains(name))
                    .iterator();
            throw TemplateException.failed(function + "() got an unexpected keyword argument '" + unknown.next() + "'");
        }
        return new Bound(function, parameters, values);
    }

    /** For functions that take none. */
    void none(String function) {
        bind(function);
    }

    void onlyPositional(String function) {
        if (!named.isEmpty()) {
            throw TemplateException.failed(function + "() takes no keyword arguments");
        }
    }

    /** Arguments in the order of a function's parameters; those not passed are missing. */
    static final class Bound {
        private final String function;
        private final String[] parameters;
        private final List<@Nullable Value> values;

        private Bound(String function, String[] parameters, List<@Nullable Value> values) {
            this.function = function;
            this.parameters = parameters;
            this.values = values;
        }

        boolean has(int index) {
            return values.get(index) != null;
        }

        Value required(int index) {
            Value value = values.get(index);
            if (value == null) {
                throw TemplateException.failed(function + "() missing required argument '" + parameters[index] + "'");
            }
            return value;
        }

        Value or(int index, Value fallback) {
            Value value = values.get(index);
            return value == null ? fallback : value;
        }

        /** None where the argument is missing. */
        Value orNone(int index) {
            return or(index, Value.None.NONE);
        }

        boolean truth(int index) {
            return Truth.of(or(index, Value.Bool.FALSE));
        }

        int integer(int index, int fallback) {
            Value value = values.get(index);
            return value == null ? fallback : Numbers.index(value);
        }

        /** A text; anything else is an error. */
        Str text(int index, String fallback) {
            Value value = values.get(index);
            if (value == null) {
                return Str.of(fallback);
            }
            if (value instanceof Str text) {
                return text;
            }
            throw TemplateException.failed(
                    function + "() argument '" + parameters[index] + "' must be str, not " + Types.name(value));
        }
    }
}
