package dev.millrace.kernels.weights;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;

/**
 * The typed key-value pairs of a GGUF file. An absent key gives an empty result; a key that holds another type than the
 * one asked for is a fault of the file.
 *
 * @see <a href="https://github.com/ggml-org/ggml/blob/master/docs/gguf.md">GGUF, standardized key-value pairs</a>
 */
public final class GgufMetadata {
    private final Path file;
    private final Map<String, Value> values;

    /** What a key can hold. Integers of all widths are longs, floats of both widths doubles. */
    sealed interface Value {
        record Text(String value) implements Value {}

        record Int(long value) implements Value {}

        record Real(double value) implements Value {}

        record Flag(boolean value) implements Value {}

        record Texts(List<String> value) implements Value {}

        @SuppressWarnings(
                "ArrayRecordComponent") // a vocabulary has 262,144 of them: never boxed, cloned where handed out
        record Ints(long[] value) implements Value {}

        @SuppressWarnings("ArrayRecordComponent") // as above
        record Reals(double[] value) implements Value {}

        @SuppressWarnings("ArrayRecordComponent") // as above
        record Flags(boolean[] value) implements Value {}

        /** For messages. */
        default String kind() {
            return switch (this) {
                case Text _ -> "a string";
                case Int _ -> "an integer";
                case Real _ -> "a floating-point number";
                case Flag _ -> "a boolean";
                case Texts _ -> "an array of strings";
                case Ints _ -> "an array of integers";
                case Reals _ -> "an array of floating-point numbers";
                case Flags _ -> "an array of booleans";
            };
        }
    }

    GgufMetadata(Path file, Map<String, Value> values) {
        this.file = file;
        this.values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
    }

    /** All keys, in the order of the file. */
    public Set<String> keys() {
        return values.keySet();
    }

    public boolean has(String key) {
        return values.containsKey(key);
    }

    public Optional<String> string(String key) throws MalformedFileException {
        return switch (values.get(key)) {
            case null -> Optional.empty();
            case Value.Text(String value) -> Optional.of(value);
            case Value other -> throw wrong(key, other, "a string");
        };
    }

    /** An integer of any width. */
    public OptionalLong integer(String key) throws MalformedFileException {
        return switch (values.get(key)) {
            case null -> OptionalLong.empty();
            case Value.Int(long value) -> OptionalLong.of(value);
            case Value other -> throw wrong(key, other, "an integer");
        };
    }

    /** A number of any type. */
    public OptionalDouble number(String key) throws MalformedFileException {
        return switch (values.get(key)) {
            case null -> OptionalDouble.empty();
            case Value.Int(long value) -> OptionalDouble.of((double) value);
            case Value.Real(double value) -> OptionalDouble.of(value);
            case Value other -> throw wrong(key, other, "a number");
        };
    }

    public Optional<Boolean> flag(String key) throws MalformedFileException {
        return switch (values.get(key)) {
            case null -> Optional.empty();
            case Value.Flag(boolean value) -> Optional.of(value);
            case Value other -> throw wrong(key, other, "a boolean");
        };
    }

    public Optional<List<String>> strings(String key) throws MalformedFileException {
        return switch (values.get(key)) {
            case null -> Optional.empty();
            case Value.Texts(List<String> value) -> Optional.of(value);
            case Value other -> throw wrong(key, other, "an array of strings");
        };
    }

    public Optional<long[]> integers(String key) throws MalformedFileException {
        return switch (values.get(key)) {
            case null -> Optional.empty();
            case Value.Ints(long[] value) -> Optional.of(value.clone());
            case Value other -> throw wrong(key, other, "an array of integers");
        };
    }

    public Optional<double[]> numbers(String key) throws MalformedFileException {
        return switch (values.get(key)) {
            case null -> Optional.empty();
            case Value.Reals(double[] value) -> Optional.of(value.clone());
            case Value.Ints(long[] value) ->
                Optional.of(Arrays.stream(value).asDoubleStream().toArray());
            case Value other -> throw wrong(key, other, "an array of numbers");
        };
    }

    public Optional<boolean[]> flags(String key) throws MalformedFileException {
        return switch (values.get(key)) {
            case null -> Optional.empty();
            case Value.Flags(boolean[] value) -> Optional.of(value.clone());
            case Value other -> throw wrong(key, other, "an array of booleans");
        };
    }

    /** A string that the file must have. */
    public String requiredString(String key) throws MalformedFileException {
        return string(key).orElseThrow(() -> missing(key, "a string"));
    }

    /** An integer that the file must have, from {@code lowest} to {@code highest}. */
    public int requiredInteger(String key, int lowest, int highest) throws MalformedFileException {
        long value = integer(key).orElseThrow(() -> missing(key, "an integer"));
        if (value < lowest || value > highest) {
            throw new MalformedFileException(
                    file, "key \"" + key + "\" is " + value + ", expected " + lowest + " to " + highest);
        }
        return (int) value;
    }

    /** A number that the file must have. */
    public double requiredNumber(String key) throws MalformedFileException {
        return number(key).orElseThrow(() -> missing(key, "a number"));
    }

    /** Strings that the file must have. */
    public List<String> requiredStrings(String key) throws MalformedFileException {
        return strings(key).orElseThrow(() -> missing(key, "an array of strings"));
    }

    private MalformedFileException missing(String key, String expected) {
        return new MalformedFileException(file, "has no key \"" + key + "\", expected " + expected);
    }

    private MalformedFileException wrong(String key, Value value, String expected) {
        return new MalformedFileException(file, "key \"" + key + "\" holds " + value.kind() + ", expected " + expected);
    }
}
