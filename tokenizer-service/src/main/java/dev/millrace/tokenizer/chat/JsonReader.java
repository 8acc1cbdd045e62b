package dev.millrace.tokenizer.chat;

import dev.millrace.tokenizer.template.Dict;
import dev.millrace.tokenizer.template.Str;
import dev.millrace.tokenizer.template.Value;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/** Reads JSON as Python's {@code json.loads} does: keys in their order, integers of any size. All texts are foreign. */
public final class JsonReader {
    private static final JsonFactory JSON = new JsonFactory();

    private final JsonParser parser;

    private JsonReader(JsonParser parser) {
        this.parser = parser;
    }

    /** @throws InvalidJsonException if the text is not one JSON value */
    public static Value read(String json) {
        try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), json)) {
            JsonToken first = parser.nextToken();
            if (first == null) {
                throw new InvalidJsonException("the text is empty");
            }
            Value value = new JsonReader(parser).value(first);
            if (parser.nextToken() != null) {
                throw new InvalidJsonException("more text follows the first value");
            }
            return value;
        } catch (JacksonException e) {
            throw new InvalidJsonException(e.getOriginalMessage());
        }
    }

    private Value value(JsonToken token) {
        return switch (token) {
            case VALUE_STRING -> Str.foreign(parser.getString());
            case VALUE_NUMBER_INT -> new Value.Int(parser.getBigIntegerValue());
            case VALUE_NUMBER_FLOAT -> new Value.Real(Double.parseDouble(parser.getString()));
            case VALUE_TRUE -> Value.Bool.TRUE;
            case VALUE_FALSE -> Value.Bool.FALSE;
            case VALUE_NULL -> Value.None.NONE;
            case START_ARRAY -> {
                List<Value> items = new ArrayList<>();
                for (JsonToken next = parser.nextToken(); next != JsonToken.END_ARRAY; next = parser.nextToken()) {
                    items.add(value(next));
                }
                yield new Value.ListOf(items);
            }
            case START_OBJECT -> {
                Dict.Builder dict = Dict.builder();
                while (parser.nextToken() != JsonToken.END_OBJECT) {
                    Str key = Str.foreign(parser.currentName());
                    dict.put(key, value(parser.nextToken()));
                }
                yield dict.build();
            }
            default -> throw new InvalidJsonException("unexpected " + token);
        };
    }

    /** A text is no JSON. */
    public static final class InvalidJsonException extends RuntimeException {
        private static final long serialVersionUID = 1;

        InvalidJsonException(String message) {
            super(message);
        }
    }
}
