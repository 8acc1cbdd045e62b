package dev.millrace.tokenizer.template;

import java.util.List;
import java.util.Optional;

/** What has a value: the nodes of an expression's tree. */
sealed interface Expression {
    /** Where it stands in the template, from 1. */
    int line();

    record Constant(Value value, int line) implements Expression {}

    record Name(String name, int line) implements Expression {}

    record ListLiteral(List<Expression> items, int line) implements Expression {}

    record TupleLiteral(List<Expression> items, int line) implements Expression {}

    record DictLiteral(List<Pair> pairs, int line) implements Expression {}

    record Pair(Expression key, Expression value) {}

    /** {@code target.name} */
    record Attribute(Expression target, String name, int line) implements Expression {}

    /** {@code target[key]} */
    record Subscript(Expression target, Expression key, int line) implements Expression {}

    /** {@code target[start:stop:step]}; a part left out is None. */
    record Slice(Expression target, Expression start, Expression stop, Expression step, int line)
            implements Expression {}

    record Call(Expression function, CallArguments arguments, int line) implements Expression {}

    record Filter(Expression input, String name, CallArguments arguments, int line) implements Expression {}

    record Test(Expression input, String name, CallArguments arguments, int line) implements Expression {}

    record Not(Expression operand, int line) implements Expression {}

    record Sign(boolean negative, Expression operand, int line) implements Expression {}

    record Binary(Arithmetic.Operator operator, Expression left, Expression right, int line) implements Expression {}

    /** {@code a ~ b ~ c} */
    record Concatenation(List<Expression> parts, int line) implements Expression {}

    /** {@code first < second <= third ...} */
    record Chain(Expression first, List<Link> links, int line) implements Expression {}

    record Link(Comparison.Operator operator, Expression operand) {}

    record And(Expression left, Expression right, int line) implements Expression {}

    record Or(Expression left, Expression right, int line) implements Expression {}

    /** {@code then if condition else otherwise} */
    record Conditional(Expression condition, Expression then, Optional<Expression> otherwise, int line)
            implements Expression {}

    /**
     * What stands in the parentheses of a call.
     *
     * @param spread      the list behind a {@code *}
     * @param spreadNamed the dict behind a {@code **}
     */
    record CallArguments(
            List<Expression> positional,
            List<Named> named,
            Optional<Expression> spread,
            Optional<Expression> spreadNamed) {
        static final CallArguments NONE = new CallArguments(List.of(), List.of(), Optional.empty(), Optional.empty());

        boolean isEmpty() {
            return positional.isEmpty() && named.isEmpty() && spread.isEmpty() && spreadNamed.isEmpty();
        }

        static CallArguments of(Expression only) {
            return new CallArguments(List.of(only), List.of(), Optional.empty(), Optional.empty());
        }
    }

    record Named(String name, Expression value) {}
}
