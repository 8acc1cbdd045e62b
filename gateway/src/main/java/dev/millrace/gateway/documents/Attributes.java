package dev.millrace.gateway.documents;

import dev.millrace.contracts.v1.AttributeValue;
import dev.millrace.gateway.openai.Fields;
import dev.millrace.gateway.request.Refusal;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/** A file's attributes: at most 16, each a text, a number or a truth value. And a store's metadata: the same, texts alone. */
final class Attributes {
    private static final int MOST = 16;
    private static final int LONGEST_KEY = 64;
    private static final int LONGEST_VALUE = 512;

    private Attributes() {}

    /** Empty where the field is absent. */
    static Map<String, AttributeValue> read(Fields fields, String name) {
        Map<String, AttributeValue> attributes = new LinkedHashMap<>();
        fields.object(name).ifPresent(object -> {
            for (String key : keys(object, name)) {
                object.find(key).ifPresent(value -> attributes.put(key, value(value, object.at(key))));
            }
        });
        return attributes;
    }

    static Map<String, String> metadata(Fields fields, String name) {
        Map<String, String> metadata = new LinkedHashMap<>();
        fields.object(name).ifPresent(object -> {
            for (String key : keys(object, name)) {
                object.find(key).ifPresent(value -> metadata.put(key, text(value, object.at(key))));
            }
        });
        return metadata;
    }

    private static Iterable<String> keys(Fields object, String name) {
        if (object.names().size() > MOST) {
            throw Refusal.invalid(
                            name,
                            name + " may have " + MOST + " entries at most, had "
                                    + object.names().size())
                    .exception();
        }
        for (String key : object.names()) {
            if (key.isEmpty() || key.length() > LONGEST_KEY || key.indexOf('\0') >= 0) {
                throw Refusal.invalid(
                                name,
                                "a key of " + name + " has 1 to " + LONGEST_KEY + " characters, unlike \""
                                        + Fields.shorten(key) + "\"")
                        .exception();
            }
        }
        return object.names();
    }

    private static String text(JsonNode value, String path) {
        String text = Texts.plain(value, path);
        if (text.length() > LONGEST_VALUE) {
            throw Refusal.invalid(
                            path, path + " may have " + LONGEST_VALUE + " characters at most, had " + text.length())
                    .exception();
        }
        return text;
    }

    static AttributeValue value(JsonNode value, String path) {
        AttributeValue.Builder message = AttributeValue.newBuilder();
        if (value.isBoolean()) {
            return message.setFlag(value.booleanValue()).build();
        }
        if (value.isNumber()) {
            return message.setNumber(Fields.number(value, path, -Double.MAX_VALUE, Double.MAX_VALUE))
                    .build();
        }
        if (value.isString()) {
            return message.setText(text(value, path)).build();
        }
        throw Fields.refused(path, "a string, a number, true or false", value);
    }

    /** As JSON has them. */
    static Map<String, Object> shown(Map<String, AttributeValue> attributes) {
        Map<String, Object> shown = new TreeMap<>();
        attributes.forEach((key, value) -> shown.put(
                key,
                switch (value.getValueCase()) {
                    case TEXT -> value.getText();
                    case NUMBER -> number(value.getNumber());
                    case FLAG -> value.getFlag();
                    case VALUE_NOT_SET -> "";
                }));
        return shown;
    }

    /** A whole one without the point that it came without. */
    private static Object number(double number) {
        return number == Math.rint(number) && Math.abs(number) < 1L << 53 ? (Object) (long) number : (Object) number;
    }
}
