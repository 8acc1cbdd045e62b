package dev.millrace.tokenizer.template;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A macro, or the body of a {@code call} block, with the names that were around it where it was defined. */
record Macro(String name, Statement.MacroCode code, Scope around) implements Callable {

    @Override
    public Value call(Arguments arguments, Interpreter run) {
        Scope scope = around.inner();
        List<Value> positional = arguments.positional();
        Map<String, Value> named = new LinkedHashMap<>(arguments.named());
        boolean callerIsParameter = false;
        int index = 0;
        for (Statement.Parameter parameter : code.parameters()) {
            callerIsParameter |= parameter.name().equals("caller");
            Value value = index < positional.size() ? positional.get(index) : named.remove(parameter.name());
            scope.set(parameter.name(), value == null ? fallback(parameter, scope, run) : value);
            index++;
        }
        if (code.takesCaller() && !callerIsParameter) {
            Value caller = named.remove("caller");
            scope.set("caller", caller == null ? new Undefined("No caller defined") : caller);
        }
        takeOthers(positional, named, scope);
        return run.text(code.body(), scope);
    }

    private static Value fallback(Statement.Parameter parameter, Scope scope, Interpreter run) {
        Optional<Expression> fallback = parameter.fallback();
        return fallback.isPresent()
                ? run.evaluate(fallback.get(), scope)
                : new Undefined("parameter '" + parameter.name() + "' was not provided");
    }

    private void takeOthers(List<Value> positional, Map<String, Value> named, Scope scope) {
        if (code.takesNamed()) {
            Dict.Builder kwargs = Dict.builder();
            named.forEach(kwargs::put);
            scope.set("kwargs", kwargs.build());
        } else if (!named.isEmpty()) {
            throw TemplateException.failed("macro '" + name + "' takes no keyword argument '"
                    + named.keySet().iterator().next() + "'");
        }
        int taken = Math.min(code.parameters().size(), positional.size());
        if (code.takesPositional()) {
            scope.set("varargs", new Tuple(new ArrayList<>(positional.subList(taken, positional.size()))));
        } else if (taken < positional.size()) {
            throw TemplateException.failed("macro '" + name + "' takes not more than "
                    + code.parameters().size() + " argument(s)");
        }
    }

    @Override
    public String description() {
        return "Macro '" + name + "'";
    }

    @Override
    public @Nullable Value attribute(String attribute) {
        return switch (attribute) {
            case "name" -> Str.of(name);
            case "arguments" ->
                new Tuple(code.parameters().stream()
                        .<Value>map(parameter -> Str.of(parameter.name()))
                        .toList());
            case "catch_kwargs" -> Bool.of(code.takesNamed());
            case "catch_varargs" -> Bool.of(code.takesPositional());
            case "caller" -> Bool.of(code.takesCaller());
            default -> null;
        };
    }
}
