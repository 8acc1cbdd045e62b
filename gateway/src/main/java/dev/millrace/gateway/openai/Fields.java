package dev.millrace.gateway.openai;

import dev.millrace.gateway.request.Refusal;
import dev.millrace.gateway.request.RefusedException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Predicate;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads a JSON object's fields strictly: a value of the wrong type or out of range is refused by name, and so is a
 * field that nobody asked for. A field that is JSON's null is absent, as OpenAI has it.
 */
public final class Fields {
    private final ObjectNode object;
    private final String path;
    private final Set<String> read = new HashSet<>();

    private Fields(ObjectNode object, String path) {
        this.object = object;
        this.path = path;
    }

    public static Fields of(ObjectNode object) {
        return new Fields(object, "");
    }

    /**
     * @param path where the value stands in the request, for messages
     */
    public static Fields of(JsonNode value, String path) {
        if (value instanceof ObjectNode object) {
            return new Fields(object, path);
        }
        throw refused(path, "an object", value);
    }

    /** The name of a field from the request's root: {@code messages[2].role}. */
    public String at(String name) {
        return path.isEmpty() ? name : path + "." + name;
    }

    public Set<String> names() {
        return Set.copyOf(object.propertyNames());
    }

    public boolean has(String name) {
        return find(name).isPresent();
    }

    public Optional<JsonNode> find(String name) {
        read.add(name);
        JsonNode value = object.path(name);
        return value.isMissingNode() || value.isNull() ? Optional.empty() : Optional.of(value);
    }

    public Optional<String> string(String name) {
        return find(name).map(value -> text(value, at(name)));
    }

    public String requiredString(String name) {
        return string(name).orElseThrow(() -> missing(name));
    }

    public boolean flag(String name, boolean otherwise) {
        return find(name)
                .map(value -> {
                    if (!value.isBoolean()) {
                        throw refused(at(name), "true or false", value);
                    }
                    return value.booleanValue();
                })
                .orElse(otherwise);
    }

    public OptionalDouble number(String name, double least, double most) {
        Optional<JsonNode> value = find(name);
        return value.isPresent()
                ? OptionalDouble.of(number(value.get(), at(name), least, most))
                : OptionalDouble.empty();
    }

    public OptionalInt integer(String name, int least, int most) {
        OptionalLong value = longInteger(name, least, most);
        return value.isPresent() ? OptionalInt.of((int) value.getAsLong()) : OptionalInt.empty();
    }

    public OptionalLong longInteger(String name, long least, long most) {
        Optional<JsonNode> value = find(name);
        return value.isPresent() ? OptionalLong.of(integer(value.get(), at(name), least, most)) : OptionalLong.empty();
    }

    public Optional<Fields> object(String name) {
        return find(name).map(value -> Fields.of(value, at(name)));
    }

    /** The elements of an array, each read with the place it stands at; empty where the field is absent. */
    public <T> List<T> list(String name, int most, BiFunction<JsonNode, String, T> element) {
        return find(name).map(value -> elements(value, at(name), most, element)).orElse(List.of());
    }

    public static <T> List<T> elements(JsonNode value, String path, int most, BiFunction<JsonNode, String, T> element) {
        if (!value.isArray()) {
            throw refused(path, "an array", value);
        }
        if (value.size() > most) {
            throw Refusal.invalid(path, path + " may have " + most + " elements at most, had " + value.size())
                    .exception();
        }
        List<T> elements = new ArrayList<>(value.size());
        for (int i = 0; i < value.size(); i++) {
            elements.add(element.apply(value.get(i), path + "[" + i + "]"));
        }
        return elements;
    }

    /** Text of whole characters. */
    public static String text(JsonNode value, String path) {
        if (!value.isString()) {
            throw refused(path, "a string", value);
        }
        String text = value.stringValue();
        for (int i = 0; i < text.length(); i++) {
            char unit = text.charAt(i);
            if (Character.isSurrogate(unit)) {
                if (!Character.isSurrogatePair(unit, i + 1 < text.length() ? text.charAt(i + 1) : ' ')) {
                    throw Refusal.invalid(
                                    path,
                                    "%s has half a character (\\u%04x) at position %d: a surrogate stands only in a pair"
                                            .formatted(path, (int) unit, i))
                            .exception();
                }
                i++;
            }
        }
        return text;
    }

    public static double number(JsonNode value, String path, double least, double most) {
        if (!value.isNumber()) {
            throw refused(path, "a number", value);
        }
        double number = value.doubleValue();
        if (!(number >= least && number <= most)) {
            throw Refusal.invalid(
                            path,
                            path + " must be from " + plain(least) + " to " + plain(most) + ", was " + shown(value))
                    .exception();
        }
        return number;
    }

    static long integer(JsonNode value, String path, long least, long most) {
        if (!value.isIntegralNumber()) {
            throw refused(path, "a whole number", value);
        }
        BigInteger number = value.bigIntegerValue();
        boolean below = number.compareTo(BigInteger.valueOf(least)) < 0;
        if (below || number.compareTo(BigInteger.valueOf(most)) > 0) {
            String range = below && most >= Integer.MAX_VALUE ? least + " or more" : "from " + least + " to " + most;
            throw Refusal.invalid(path, path + " must be " + range + ", was " + shown(value))
                    .exception();
        }
        return number.longValue();
    }

    /** Takes note of fields that are known and change nothing here. */
    public void accept(Set<String> names) {
        read.addAll(names);
    }

    /** Refuses a known field that is not supported yet, unless its value asks for nothing special. */
    public void unsupported(String name, Predicate<JsonNode> harmless) {
        find(name).ifPresent(value -> {
            if (!harmless.test(value)) {
                throw Refusal.of(
                                Refusal.Kind.INVALID,
                                "unsupported_parameter",
                                at(name) + " is not supported yet: leave it out (it was " + shown(value) + ")")
                        .at(at(name))
                        .exception();
            }
        });
    }

    /** Refuses what is left: a misspelt parameter must not be lost in silence. */
    public void refuseOthers() {
        object.propertyNames().stream()
                .filter(name -> !read.contains(name))
                .findFirst()
                .ifPresent(name -> {
                    throw Refusal.of(
                                    Refusal.Kind.INVALID,
                                    "unknown_parameter",
                                    "unrecognized request argument: " + shorten(at(name)))
                            .at(shorten(at(name)))
                            .exception();
                });
    }

    public RefusedException missing(String name) {
        return Refusal.of(Refusal.Kind.INVALID, "missing_required_parameter", at(name) + " is missing")
                .at(at(name))
                .exception();
    }

    public static RefusedException refused(String path, String wanted, JsonNode value) {
        return Refusal.of(Refusal.Kind.INVALID, "invalid_type", path + " must be " + wanted + ", was " + shown(value))
                .at(path)
                .exception();
    }

    /** A value as a message shows it. */
    static String shown(JsonNode value) {
        return shorten(
                switch (value.getNodeType()) {
                    case ARRAY -> "an array";
                    case OBJECT -> "an object";
                    default -> value.toString();
                });
    }

    public static String shorten(String text) {
        int most = 100;
        return text.length() <= most ? text : text.substring(0, most) + "...";
    }

    private static String plain(double bound) {
        return bound == Math.rint(bound) ? Long.toString((long) bound) : Double.toString(bound);
    }
}
