package dev.millrace.tokenizer.template;

import org.jspecify.annotations.Nullable;

/** What a template can call: macros, methods, global functions, and the loop itself. */
non-sealed interface Callable extends Value {
    Value call(Arguments arguments, Interpreter run);

    /** What kind of thing it is, for messages. */
    String description();

    /** An attribute, or null where there is none of this name. */
    default @Nullable Value attribute(String name) {
        return null;
    }

    /** A function or method of the language's own. */
    record Builtin(String name, Body body) implements Callable {
        @Override
        public Value call(Arguments arguments, Interpreter run) {
            return run.budget().charge(body.call(arguments, run));
        }

        @Override
        public String description() {
            return "builtin_function_or_method";
        }
    }

    /** What a built-in function does. */
    @FunctionalInterface
    interface Body {
        Value call(Arguments arguments, Interpreter run);
    }
}
