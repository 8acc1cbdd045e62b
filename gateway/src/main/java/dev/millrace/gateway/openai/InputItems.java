package dev.millrace.gateway.openai;

import dev.millrace.gateway.conversation.KeptResponse.Turn;
import dev.millrace.gateway.request.Refusal;
import dev.millrace.gateway.request.RefusedException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** Reads the {@code input} of a response: one text, or items, of which messages say something. */
final class InputItems {
    private static final int MOST_ITEMS = 10_000;
    private static final int MOST_PARTS = 1_000;

    private InputItems() {}

    static List<Turn> read(Fields request) {
        JsonNode input = request.find("input").orElseThrow(() -> request.missing("input"));
        List<Turn> turns;
        if (input.isString()) {
            turns = List.of(new Turn("user", Fields.text(input, "input")));
        } else if (input.isArray()) {
            turns = Fields.elements(input, "input", MOST_ITEMS, InputItems::item).stream()
                    .flatMap(Optional::stream)
                    .toList();
        } else {
            throw Fields.refused("input", "a string or an array of items", input);
        }
        if (turns.isEmpty()) {
            throw Refusal.invalid("input", "input has no message: a response answers at least one")
                    .exception();
        }
        return turns;
    }

    /** Absent for what an earlier answer brought beside its message, and clients send back with it. */
    private static Optional<Turn> item(JsonNode value, String path) {
        Fields item = Fields.of(value, path);
        String type = item.string("type").orElse("message");
        return switch (type) {
            case "message" -> Optional.of(message(item));
            case "file_search_call", "reasoning" -> Optional.empty();
            default ->
                throw Refusal.of(
                                Refusal.Kind.INVALID,
                                "unsupported_parameter",
                                path + " of type \"" + Fields.shorten(type)
                                        + "\" is not supported yet: messages, reasoning and file_search_call are")
                        .at(item.at("type"))
                        .exception();
        };
    }

    private static Turn message(Fields message) {
        String role = message.requiredString("role");
        if (!Set.of("user", "assistant", "system", "developer").contains(role)) {
            throw Refusal.invalid(
                            message.at("role"),
                            message.at("role") + " must be one of user, assistant, system and developer, was \""
                                    + Fields.shorten(role) + "\"")
                    .exception();
        }
        JsonNode content = message.find("content").orElseThrow(() -> message.missing("content"));
        String at = message.at("content");
        String text;
        if (content.isString()) {
            text = Fields.text(content, at);
        } else if (content.isArray()) {
            text = String.join("\n", Fields.elements(content, at, MOST_PARTS, InputItems::part));
        } else {
            throw Fields.refused(at, "a string or an array of parts", content);
        }
        // what answers carry, and clients send back as they got it
        message.accept(Set.of("id", "status", "phase", "grounding"));
        message.refuseOthers();
        return new Turn(role.equals("developer") ? "system" : role, text);
    }

    private static String part(JsonNode value, String path) {
        Fields part = Fields.of(value, path);
        String type = part.requiredString("type");
        String text = switch (type) {
            case "input_text", "output_text", "text" -> part.requiredString("text");
            case "refusal" -> part.requiredString("refusal");
            default -> throw unsupportedPart(part, type);
        };
        part.accept(Set.of("annotations", "logprobs"));
        part.refuseOthers();
        return text;
    }

    private static RefusedException unsupportedPart(Fields part, String type) {
        boolean known = Set.of("input_image", "input_file", "input_audio").contains(type);
        return Refusal.of(
                        Refusal.Kind.INVALID,
                        known ? "unsupported_parameter" : "invalid_value",
                        known
                                ? "content parts of type " + type + " are not supported yet: send input_text"
                                : part.at("type") + " must be input_text or output_text, was \"" + Fields.shorten(type)
                                        + "\"")
                .at(part.at("type"))
                .exception();
    }
}
