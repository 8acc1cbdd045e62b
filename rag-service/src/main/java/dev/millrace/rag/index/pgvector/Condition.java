package dev.millrace.rag.index.pgvector;

import dev.millrace.rag.index.AttributeFilter;
import dev.millrace.rag.index.AttributeValue;
import dev.millrace.rag.index.Attributes;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A filter as part of a query.
 *
 * @param sql    never null, whatever a chunk's attributes are
 * @param values of its question marks
 */
record Condition(String sql, List<Object> values) {
    Condition {
        values = List.copyOf(values);
    }

    /** What a tenant may see, and the filter lets through. */
    static Condition of(String tenant, AttributeFilter filter) {
        List<Object> values = new ArrayList<>(List.of(tenant));
        String attributes = sql(filter, values);
        return new Condition("tenant = ? and " + attributes, values);
    }

    private static String sql(AttributeFilter filter, List<Object> values) {
        return switch (filter) {
            case AttributeFilter.In(String key, List<AttributeValue> any) -> {
                values.add(Literals.storable(key));
                values.add(any.stream().map(Condition::json).toArray(String[]::new));
                yield "coalesce(attributes -> ? = any (?::text[]::jsonb[]), false)";
            }
            case AttributeFilter.Compared(String key, AttributeFilter.Order order, double bound) -> {
                values.add(Literals.storable(key));
                values.add(Literals.storable(key));
                values.add(bound);
                yield "coalesce(case jsonb_typeof(attributes -> ?) when 'number' then (attributes ->> ?)::float8 "
                        + operator(order) + " ? end, false)";
            }
            case AttributeFilter.Not(AttributeFilter inner) -> "not " + sql(inner, values);
            case AttributeFilter.All(List<AttributeFilter> inner) -> joined(inner, " and ", "true", values);
            case AttributeFilter.Any(List<AttributeFilter> inner) -> joined(inner, " or ", "false", values);
        };
    }

    private static String json(AttributeValue value) {
        return Attributes.json(
                value instanceof AttributeValue.Text(String text)
                        ? new AttributeValue.Text(Literals.storable(text))
                        : value);
    }

    private static String joined(List<AttributeFilter> filters, String operator, String none, List<Object> values) {
        return filters.isEmpty()
                ? none
                : filters.stream().map(filter -> sql(filter, values)).collect(Collectors.joining(operator, "(", ")"));
    }

    private static String operator(AttributeFilter.Order order) {
        return switch (order) {
            case GREATER -> ">";
            case GREATER_OR_EQUAL -> ">=";
            case LESS -> "<";
            case LESS_OR_EQUAL -> "<=";
        };
    }
}
