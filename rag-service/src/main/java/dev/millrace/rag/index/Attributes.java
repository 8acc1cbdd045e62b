package dev.millrace.rag.index;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Attributes as JSON: {"key": text, number or boolean}. */
public final class Attributes {
    private static final JsonMapper JSON = JsonMapper.shared();

    private Attributes() {}

    /** Equal attributes give equal text. */
    public static String json(Map<String, AttributeValue> attributes) {
        Map<String, Object> plain = new LinkedHashMap<>();
        new TreeMap<>(attributes).forEach((key, value) -> plain.put(key, plain(value)));
        return JSON.writeValueAsString(plain);
    }

    /** A value alone. */
    public static String json(AttributeValue value) {
        return JSON.writeValueAsString(plain(value));
    }

    private static Object plain(AttributeValue value) {
        return switch (value) {
            case AttributeValue.Text(String text) -> text;
            case AttributeValue.Numeric(double number) -> number;
            case AttributeValue.Flag(boolean flag) -> flag;
        };
    }

    public static Map<String, AttributeValue> of(String json) {
        Map<String, AttributeValue> attributes = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> entry : JSON.readTree(json).properties()) {
            JsonNode value = entry.getValue();
            attributes.put(
                    entry.getKey(),
                    value.isBoolean()
                            ? new AttributeValue.Flag(value.booleanValue())
                            : value.isNumber()
                                    ? new AttributeValue.Numeric(value.doubleValue())
                                    : new AttributeValue.Text(value.asString()));
        }
        return attributes;
    }
}
