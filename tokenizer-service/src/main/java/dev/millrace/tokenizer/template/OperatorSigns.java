package dev.millrace.tokenizer.template;

import java.util.Map;

/** The operators between two operands, by level of precedence. */
final class OperatorSigns {
    static final Map<String, Comparison.Operator> COMPARISONS = Map.of(
            "==", Comparison.Operator.EQUAL,
            "!=", Comparison.Operator.NOT_EQUAL,
            "<", Comparison.Operator.LESS,
            "<=", Comparison.Operator.LESS_OR_EQUAL,
            ">", Comparison.Operator.GREATER,
            ">=", Comparison.Operator.GREATER_OR_EQUAL);

    static final Map<String, Arithmetic.Operator> SUMS =
            Map.of("+", Arithmetic.Operator.ADD, "-", Arithmetic.Operator.SUBTRACT);

    static final Map<String, Arithmetic.Operator> PRODUCTS = Map.of(
            "*", Arithmetic.Operator.MULTIPLY,
            "/", Arithmetic.Operator.DIVIDE,
            "//", Arithmetic.Operator.FLOOR_DIVIDE,
            "%", Arithmetic.Operator.REMAINDER);

    private OperatorSigns() {}
}
