package dev.millrace.tokenizer.template;

import java.util.List;
import java.util.Optional;

/** What writes or sets something: the nodes of a template's tree. */
sealed interface Statement {
    /** Template text as it stands. */
    record Data(Str text) implements Statement {}

    record Print(List<Expression> values) implements Statement {}

    record If(List<Branch> branches, List<Statement> otherwise) implements Statement {}

    record Branch(Expression condition, List<Statement> body) {}

    record For(
            Target target,
            Expression items,
            Optional<Expression> condition,
            boolean recursive,
            List<Statement> body,
            List<Statement> otherwise,
            int line)
            implements Statement {}

    enum Jump implements Statement {
        BREAK,
        CONTINUE
    }

    record Set(Target target, Expression value, int line) implements Statement {}

    /** {@code set x ... endset}: sets what {@code value} makes of the body's text. */
    record SetBlock(Target target, Captured captured, int line) implements Statement {}

    record FilterBlock(Captured captured) implements Statement {}

    /**
     * A body whose text goes through filters.
     *
     * @param filtered an expression that knows the body's text by the name {@link #TEXT}
     */
    record Captured(List<Statement> body, Expression filtered) {
        /** No template can write this name. */
        static final String TEXT = "(text)";
    }

    record With(List<Target> targets, List<Expression> values, List<Statement> body, int line) implements Statement {}

    record MacroDefinition(String name, MacroCode code) implements Statement {}

    /** {@code call(parameters) macro(...) ... endcall}: calls with the body as the argument {@code caller}. */
    record CallBlock(Expression.Call call, MacroCode caller) implements Statement {}

    /** A body with names of its own: {@code block}, {@code autoescape}. */
    record Scoped(List<Statement> body) implements Statement {}

    /** What the assistant said: a body with names of its own, whose text is to be known again. */
    record Generation(List<Statement> body) implements Statement {}

    /**
     * @param takesNamed      the body speaks of {@code kwargs}, so unknown keywords are welcome
     * @param takesPositional the body speaks of {@code varargs}, so further arguments are welcome
     * @param takesCaller     the body speaks of {@code caller}
     */
    record MacroCode(
            List<Parameter> parameters,
            boolean takesNamed,
            boolean takesPositional,
            boolean takesCaller,
            List<Statement> body,
            int line) {}

    record Parameter(String name, Optional<Expression> fallback) {}

    /** What can be assigned to. */
    sealed interface Target {
        record Variable(String name) implements Target {}

        record Member(String namespace, String name) implements Target {}

        record Several(List<Target> targets) implements Target {}
    }
}
