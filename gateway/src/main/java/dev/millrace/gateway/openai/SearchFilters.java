package dev.millrace.gateway.openai;

import dev.millrace.contracts.v1.AttributeComparison;
import dev.millrace.contracts.v1.AttributeComparison.Operator;
import dev.millrace.contracts.v1.AttributeFilter;
import dev.millrace.contracts.v1.AttributeFilters;
import dev.millrace.contracts.v1.AttributeValue;
import dev.millrace.gateway.request.Refusal;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** Reads OpenAI's filters on attributes: {@code {"type":"eq","key":"year","value":2026}}, and {@code and}, {@code or} of them. */
public final class SearchFilters {
    private static final int MOST = 100;
    private static final int DEEPEST = 10;

    private SearchFilters() {}

    /**
     * @param path where it stands in the request
     */
    public static AttributeFilter read(JsonNode value, String path) {
        return read(value, path, 1);
    }

    private static AttributeFilter read(JsonNode value, String path, int depth) {
        if (depth > DEEPEST) {
            throw Refusal.invalid(path, "filters may be nested " + DEEPEST + " deep, these are deeper")
                    .exception();
        }
        Fields filter = Fields.of(value, path);
        String type = filter.requiredString("type");
        AttributeFilter.Builder read = AttributeFilter.newBuilder();
        switch (type) {
            case "and" -> read.setAll(parts(filter, depth));
            case "or" -> read.setAny(parts(filter, depth));
            default -> read.setComparison(comparison(filter, type));
        }
        filter.refuseOthers();
        return read.build();
    }

    private static AttributeFilters parts(Fields filter, int depth) {
        if (!filter.has("filters")) {
            throw filter.missing("filters");
        }
        return AttributeFilters.newBuilder()
                .addAllFilters(filter.list("filters", MOST, (one, path) -> read(one, path, depth + 1)))
                .build();
    }

    private static AttributeComparison comparison(Fields filter, String type) {
        Operator operator = switch (type) {
            case "eq" -> Operator.EQ;
            case "ne" -> Operator.NE;
            case "gt" -> Operator.GT;
            case "gte" -> Operator.GTE;
            case "lt" -> Operator.LT;
            case "lte" -> Operator.LTE;
            case "in" -> Operator.IN;
            case "nin" -> Operator.NIN;
            default ->
                throw Refusal.invalid(
                                filter.at("type"),
                                filter.at("type")
                                        + " must be one of eq, ne, gt, gte, lt, lte, in, nin, and, or; was \""
                                        + Fields.shorten(type) + "\"")
                        .exception();
        };
        JsonNode value = filter.find("value").orElseThrow(() -> filter.missing("value"));
        boolean several = operator == Operator.IN || operator == Operator.NIN;
        List<AttributeValue> values = several
                ? Fields.elements(value, filter.at("value"), MOST, SearchFilters::value)
                : List.of(value(value, filter.at("value")));
        if (values.isEmpty()) {
            throw Refusal.invalid(
                            filter.at("value"), filter.at("value") + " is empty: " + type + " takes a value at least")
                    .exception();
        }
        boolean ordered = !several && operator != Operator.EQ && operator != Operator.NE;
        if (ordered && !values.getFirst().hasNumber()) {
            throw Fields.refused(filter.at("value"), "a number: more and less are of numbers alone", value);
        }
        return AttributeComparison.newBuilder()
                .setKey(filter.requiredString("key"))
                .setOperator(operator)
                .addAllValues(values)
                .build();
    }

    private static AttributeValue value(JsonNode value, String path) {
        AttributeValue.Builder read = AttributeValue.newBuilder();
        if (value.isString()) {
            read.setText(Fields.text(value, path));
        } else if (value.isNumber()) {
            read.setNumber(value.doubleValue());
        } else if (value.isBoolean()) {
            read.setFlag(value.booleanValue());
        } else {
            throw Fields.refused(path, "a string, a number, true or false", value);
        }
        return read.build();
    }
}
