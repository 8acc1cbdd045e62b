package dev.millrace.gateway.openai;

import dev.millrace.gateway.request.Refusal;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.springframework.util.MultiValueMap;

/** Reads parameters of a URL. */
public final class Queries {
    private Queries() {}

    public static OptionalInt integer(MultiValueMap<String, String> query, String name, int least, int most) {
        Optional<String> text = value(query, name);
        if (text.isEmpty()) {
            return OptionalInt.empty();
        }
        try {
            int number = Integer.parseInt(text.get());
            if (number >= least && number <= most) {
                return OptionalInt.of(number);
            }
        } catch (NumberFormatException _) {
            // the same words
        }
        throw Refusal.invalid(
                        name,
                        name + " must be a whole number from " + least + " to " + most + ", was "
                                + Fields.shorten(text.get()))
                .exception();
    }

    public static String choice(
            MultiValueMap<String, String> query, String name, List<String> values, String otherwise) {
        String text = value(query, name).orElse(otherwise);
        if (!values.contains(text)) {
            throw Refusal.invalid(
                            name,
                            name + " must be one of " + String.join(", ", values) + ", was " + Fields.shorten(text))
                    .exception();
        }
        return text;
    }

    private static Optional<String> value(MultiValueMap<String, String> query, String name) {
        return Optional.ofNullable(query.getFirst(name)).filter(text -> !text.isEmpty());
    }
}
