package dev.millrace.tokenizer.template;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** The variable {@code loop}, and the way through the items. Looks ahead only when asked to, as Jinja does. */
final class LoopContext implements Callable {
    private final Value items;
    private final int depth;
    private final @Nullable BiFunction<Value, Integer, Value> recursion;
    private Iterator<Value> rest;
    private int index = -1;
    private @Nullable Value before;
    private @Nullable Value current;
    private @Nullable Value after;
    private @Nullable List<Value> lastChanged;
    private OptionalInt length = OptionalInt.empty();

    /**
     * @param items     what is iterated; its length is asked when the template asks
     * @param rest      its items, filtered where the loop has a condition
     * @param filtered  whether the length is known only by going through all items
     * @param recursion renders the loop over other items at a depth; null if the loop isn't marked recursive
     */
    LoopContext(
            Value items,
            Iterator<Value> rest,
            boolean filtered,
            int depth,
            @Nullable BiFunction<Value, Integer, Value> recursion) {
        this.items = filtered ? None.NONE : items;
        this.rest = rest;
        this.depth = depth;
        this.recursion = recursion;
    }

    boolean hasNext() {
        return after != null || rest.hasNext();
    }

    Value next() {
        Value next = after == null ? rest.next() : after;
        after = null;
        index++;
        before = current;
        current = next;
        return next;
    }

    private @Nullable Value ahead() {
        if (after == null && rest.hasNext()) {
            after = rest.next();
        }
        return after;
    }

    int length() {
        if (length.isEmpty()) {
            length = Iteration.length(items);
        }
        if (length.isEmpty()) {
            List<Value> remaining = new ArrayList<>();
            rest.forEachRemaining(remaining::add);
            rest = remaining.iterator();
            length = OptionalInt.of(remaining.size() + index + 1 + (after == null ? 0 : 1));
        }
        return length.getAsInt();
    }

    @Override
    public @Nullable Value attribute(String name) {
        return switch (name) {
            case "index" -> Int.of(index + 1);
            case "index0" -> Int.of(index);
            case "first" -> Bool.of(index == 0);
            case "last" -> Bool.of(ahead() == null);
            case "length" -> Int.of(length());
            case "revindex" -> Int.of(length() - index);
            case "revindex0" -> Int.of(length() - index - 1);
            case "depth" -> Int.of(depth + 1);
            case "depth0" -> Int.of(depth);
            case "previtem" -> index == 0 || before == null ? new Undefined("there is no previous item") : before;
            case "nextitem" -> {
                Value ahead = ahead();
                yield ahead == null ? new Undefined("there is no next item") : ahead;
            }
            case "cycle" -> new Builtin("cycle", (arguments, run) -> cycle(arguments.positional()));
            case "changed" -> new Builtin("changed", (arguments, run) -> changed(arguments.positional()));
            default -> null;
        };
    }

    private Value cycle(List<Value> values) {
        if (values.isEmpty()) {
            throw TemplateException.failed("no items for cycling given");
        }
        return values.get(index % values.size());
    }

    private Value changed(List<Value> values) {
        boolean changed = lastChanged == null || !Comparison.equal(new ListOf(lastChanged), new ListOf(values));
        lastChanged = values;
        return Bool.of(changed);
    }

    @Override
    public Value call(Arguments arguments, Interpreter run) {
        if (recursion == null) {
            throw TemplateException.failed("the loop must have the 'recursive' marker to be called recursively");
        }
        return recursion.apply(arguments.bind("loop", "iterable").required(0), depth + 1);
    }

    @Override
    public String description() {
        return "LoopContext";
    }
}
