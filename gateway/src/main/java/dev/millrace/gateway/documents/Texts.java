package dev.millrace.gateway.documents;

import dev.millrace.gateway.openai.Fields;
import dev.millrace.gateway.request.Refusal;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** Texts that are kept in a database, which can't keep NUL. */
final class Texts {
    private Texts() {}

    static String plain(JsonNode value, String path) {
        String text = Fields.text(value, path);
        if (text.indexOf('\0') >= 0) {
            throw Refusal.invalid(path, path + " must not hold the character NUL")
                    .exception();
        }
        return text;
    }

    static Optional<String> read(Fields fields, String name, int longest) {
        Optional<String> text = fields.find(name).map(value -> plain(value, fields.at(name)));
        text.filter(one -> one.length() > longest).ifPresent(one -> {
            throw Refusal.invalid(
                            fields.at(name),
                            fields.at(name) + " may have " + longest + " characters at most, had " + one.length())
                    .exception();
        });
        return text;
    }
}
