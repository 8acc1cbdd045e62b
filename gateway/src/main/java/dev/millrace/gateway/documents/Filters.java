package dev.millrace.gateway.documents;

import dev.millrace.contracts.v1.AttributeComparison;
import dev.millrace.contracts.v1.AttributeComparison.Operator;
import dev.millrace.contracts.v1.AttributeFilter;
import dev.millrace.contracts.v1.AttributeFilters;
import dev.millrace.contracts.v1.AttributeValue;
import dev.millrace.gateway.openai.Fields;
import dev.millrace.gateway.request.Refusal;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** OpenAI's filters: comparisons of one attribute, joined by {@code and} and {@code or}. */
final class Filters {
    private static final int MOST = 100;
    private static final int DEEPEST = 10;

    private Filters() {}

    /**
     * @param path where it stands in the request
     */
    static AttributeFilter read(JsonNode value, String path) {
        return read(value, path, 1);
    }

    private static AttributeFilter read(JsonNode value, String path, int depth) {
        if (depth > DEEPEST) {
            throw Refusal.invalid(path, "filters may be nested " + DEEPEST + " deep, these are deeper")
                    .exception();
        }
        Fields fields = Fields.of(value, path);
        String type = fields.requiredString("type");
        AttributeFilter filter = switch (type) {
            case "and" ->
                AttributeFilter.newBuilder().setAll(several(fields, depth)).build();
            case "or" ->
                AttributeFilter.newBuilder().setAny(several(fields, depth)).build();
            default ->
                AttributeFilter.newBuilder()
                        .setComparison(comparison(fields, operator(type, fields.at("type"))))
                        .build();
        };
        fields.refuseOthers();
        return filter;
    }

    private static AttributeFilters several(Fields fields, int depth) {
        if (!fields.has("filters")) {
            throw fields.missing("filters");
        }
        return AttributeFilters.newBuilder()
                .addAllFilters(fields.list("filters", MOST, (one, path) -> read(one, path, depth + 1)))
                .build();
    }

    private static Operator operator(String type, String path) {
        return switch (type) {
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
                                path,
                                path + " must be eq, ne, gt, gte, lt, lte, in, nin, and or or, was \""
                                        + Fields.shorten(type) + "\"")
                        .exception();
        };
    }

    private static AttributeComparison comparison(Fields fields, Operator operator) {
        String key = fields.requiredString("key");
        JsonNode value = fields.find("value").orElseThrow(() -> fields.missing("value"));
        String path = fields.at("value");
        boolean oneOf = operator == Operator.IN || operator == Operator.NIN;
        List<AttributeValue> values =
                oneOf ? Fields.elements(value, path, MOST, Attributes::value) : List.of(Attributes.value(value, path));
        if (values.isEmpty()) {
            throw Refusal.invalid(path, path + " must hold a value, held none").exception();
        }
        boolean ordered = !oneOf && operator != Operator.EQ && operator != Operator.NE;
        if (ordered && !values.getFirst().hasNumber()) {
            throw Fields.refused(path, "a number: more and less are of numbers alone", value);
        }
        return AttributeComparison.newBuilder()
                .setKey(key)
                .setOperator(operator)
                .addAllValues(values)
                .build();
    }
}
