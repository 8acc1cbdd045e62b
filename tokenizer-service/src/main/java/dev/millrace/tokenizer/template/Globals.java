package dev.millrace.tokenizer.template;

import java.util.List;
import java.util.Map;

/** The functions that every template has. */
final class Globals {
    /** Jinja's sandbox stops there too. */
    private static final int MAX_RANGE = 100_000;

    static final Map<String, Value> TABLE = Map.of(
            "range", function("range", Globals::range),
            "namespace", function("namespace", Globals::namespace),
            "dict", function("dict", Globals::dict),
            "cycler", function("cycler", (arguments, run) -> new Cycler(arguments.positional())),
            "joiner",
                    function(
                            "joiner",
                            (arguments, run) ->
                                    new Joiner(arguments.bind("joiner", "sep").text(0, ", "))),
            "raise_exception", function("raise_exception", Globals::raiseException),
            "strftime_now", function("strftime_now", Globals::strftimeNow));

    private Globals() {}

    private static Value function(String name, Callable.Body body) {
        return new Callable.Builtin(name, body);
    }

    private static Value range(Arguments arguments, Interpreter run) {
        List<Value> numbers = arguments.positional();
        if (numbers.isEmpty() || numbers.size() > 3 || !arguments.named().isEmpty()) {
            throw TemplateException.failed("range expects 1 to 3 arguments, not " + numbers.size());
        }
        long start = numbers.size() == 1 ? 0 : Numbers.index(numbers.getFirst());
        long stop = Numbers.index(numbers.get(numbers.size() == 1 ? 0 : 1));
        long step = numbers.size() == 3 ? Numbers.index(numbers.get(2)) : 1;
        if (step == 0) {
            throw TemplateException.failed("range() arg 3 must not be zero");
        }
        long distance = step > 0 ? stop - start : start - stop;
        long size = distance <= 0 ? 0 : (distance - 1) / Math.abs(step) + 1;
        if (size > MAX_RANGE) {
            throw TemplateException.limit("a range of " + size + " numbers; at most " + MAX_RANGE + " are allowed");
        }
        return new Value.Range(start, stop, step, (int) size);
    }

    private static Value namespace(Arguments arguments, Interpreter run) {
        Namespace namespace = new Namespace();
        for (Dict.Entry entry : dict(arguments).entries()) {
            namespace.set(Printing.text(entry.key(), run.budget()).text(), entry.value());
        }
        return namespace;
    }

    private static Value dict(Arguments arguments, Interpreter run) {
        return dict(arguments);
    }

    private static Dict dict(Arguments arguments) {
        Dict.Builder dict = Dict.builder();
        if (arguments.positional().size() > 1) {
            throw TemplateException.failed("dict expected at most 1 argument, got "
                    + arguments.positional().size());
        }
        for (Value source : arguments.positional()) {
            if (source instanceof Dict other) {
                dict.putAll(other);
                continue;
            }
            Iteration.of(source).forEachRemaining(pair -> {
                List<Value> both = Iteration.list(pair);
                if (both.size() != 2) {
                    throw TemplateException.failed("a dict is made of pairs, not of " + both.size() + " values");
                }
                dict.put(both.getFirst(), both.getLast());
            });
        }
        arguments.named().forEach(dict::put);
        return dict.build();
    }

    private static Value raiseException(Arguments arguments, Interpreter run) {
        Value message = arguments.bind("raise_exception", "message").required(0);
        throw TemplateException.raised(Printing.text(message, run.budget()).text());
    }

    private static Value strftimeNow(Arguments arguments, Interpreter run) {
        String format = arguments.bind("strftime_now", "format").text(0, "").text();
        return Str.of(Strftime.format(format, run.clock()));
    }
}
