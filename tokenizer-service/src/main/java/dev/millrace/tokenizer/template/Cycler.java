package dev.millrace.tokenizer.template;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What {@code cycler()} makes: gives its values in turn. */
final class Cycler implements Callable {
    private final List<Value> values;
    private int position;

    Cycler(List<Value> values) {
        if (values.isEmpty()) {
            throw TemplateException.failed("at least one item has to be provided");
        }
        this.values = values;
    }

    @Override
    public @Nullable Value attribute(String name) {
        return switch (name) {
            case "current" -> values.get(position);
            case "next" ->
                new Builtin(name, (arguments, run) -> {
                    Value current = values.get(position);
                    position = (position + 1) % values.size();
                    return current;
                });
            case "reset" ->
                new Builtin(name, (arguments, run) -> {
                    position = 0;
                    return None.NONE;
                });
            default -> null;
        };
    }

    @Override
    public Value call(Arguments arguments, Interpreter run) {
        throw TemplateException.failed("'Cycler' object is not callable");
    }

    @Override
    public String description() {
        return "Cycler";
    }
}
