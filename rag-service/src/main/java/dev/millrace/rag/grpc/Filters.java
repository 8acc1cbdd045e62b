package dev.millrace.rag.grpc;

import dev.millrace.contracts.v1.AttributeComparison;
import dev.millrace.rag.index.AttributeFilter;
import dev.millrace.rag.index.AttributeFilter.Order;
import dev.millrace.rag.index.AttributeValue;
import dev.millrace.rag.wire.Messages;
import java.util.List;

/** Filters of rag.proto as the index has them. */
final class Filters {
    private static final int MAX_DEPTH = 10;

    private Filters() {}

    /**
     * @throws IllegalArgumentException if it can't be
     */
    static AttributeFilter of(dev.millrace.contracts.v1.AttributeFilter message) {
        return of(message, 0);
    }

    private static AttributeFilter of(dev.millrace.contracts.v1.AttributeFilter message, int depth) {
        if (depth > MAX_DEPTH) {
            throw new IllegalArgumentException("filters may be nested " + MAX_DEPTH + " deep, were deeper");
        }
        return switch (message.getOfCase()) {
            case ALL ->
                new AttributeFilter.All(message.getAll().getFiltersList().stream()
                        .map(inner -> of(inner, depth + 1))
                        .toList());
            case ANY ->
                new AttributeFilter.Any(message.getAny().getFiltersList().stream()
                        .map(inner -> of(inner, depth + 1))
                        .toList());
            case COMPARISON -> comparison(message.getComparison());
            case OF_NOT_SET -> new AttributeFilter.All(List.of());
        };
    }

    private static AttributeFilter comparison(AttributeComparison message) {
        String key = message.getKey();
        List<AttributeValue> values = message.getValuesList().stream()
                .map(value -> Messages.attribute(value, "filter." + key))
                .toList();
        if (values.isEmpty()) {
            throw new IllegalArgumentException("a comparison of \"" + key + "\" needs a value, had none");
        }
        return switch (message.getOperator()) {
            case EQ -> new AttributeFilter.In(key, List.of(only(key, values)));
            case NE -> new AttributeFilter.Not(new AttributeFilter.In(key, List.of(only(key, values))));
            case IN -> new AttributeFilter.In(key, values);
            case NIN -> new AttributeFilter.Not(new AttributeFilter.In(key, values));
            case GT -> new AttributeFilter.Compared(key, Order.GREATER, number(key, values));
            case GTE -> new AttributeFilter.Compared(key, Order.GREATER_OR_EQUAL, number(key, values));
            case LT -> new AttributeFilter.Compared(key, Order.LESS, number(key, values));
            case LTE -> new AttributeFilter.Compared(key, Order.LESS_OR_EQUAL, number(key, values));
            case UNRECOGNIZED ->
                throw new IllegalArgumentException("the comparison of \"" + key + "\" has no known operator");
        };
    }

    private static AttributeValue only(String key, List<AttributeValue> values) {
        if (values.size() != 1) {
            throw new IllegalArgumentException(
                    "a comparison of \"" + key + "\" has one value unless it is IN or NIN, had " + values.size());
        }
        return values.getFirst();
    }

    private static double number(String key, List<AttributeValue> values) {
        if (only(key, values) instanceof AttributeValue.Numeric(double number)) {
            return number;
        }
        throw new IllegalArgumentException("\"" + key + "\" can be more or less than a number alone");
    }
}
