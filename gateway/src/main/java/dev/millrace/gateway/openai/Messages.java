package dev.millrace.gateway.openai;

import dev.millrace.contracts.v1.ChatMessage;
import dev.millrace.contracts.v1.ContentPart;
import dev.millrace.contracts.v1.ToolCall;
import dev.millrace.gateway.request.Refusal;
import dev.millrace.gateway.request.RefusedException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** Reads the messages of a chat. */
final class Messages {
    private static final int MAX_MESSAGES = 10_000;
    private static final int MAX_PARTS = 1_000;
    private static final int MAX_CALLS = 128;

    private Messages() {}

    static List<ChatMessage> read(Fields request) {
        if (!request.has("messages")) {
            throw request.missing("messages");
        }
        List<ChatMessage> messages = request.list("messages", MAX_MESSAGES, Messages::message);
        if (messages.isEmpty()) {
            throw Refusal.invalid("messages", "messages is empty: a chat needs at least one message")
                    .exception();
        }
        return messages;
    }

    private static ChatMessage message(JsonNode value, String path) {
        Fields fields = Fields.of(value, path);
        ChatMessage.Builder message = ChatMessage.newBuilder().setRole(role(fields));
        boolean assistant = message.getRole().equals("assistant");
        fields.string("name").ifPresent(message::setName);
        if (assistant) {
            message.addAllToolCalls(fields.list("tool_calls", MAX_CALLS, Messages::toolCall));
            fields.string("reasoning_content").ifPresent(message::setReasoningContent);
            // what answers carry, and clients send back as they got it
            fields.accept(Set.of("refusal", "annotations", "grounding"));
            fields.unsupported("audio", Unsupported::never);
            fields.unsupported("function_call", Unsupported::never);
        }
        if (message.getRole().equals("tool")) {
            message.setToolCallId(fields.requiredString("tool_call_id"));
        }
        Optional<JsonNode> content = fields.find("content");
        if (content.isPresent()) {
            message.addAllContent(content(content.get(), fields.at("content"), assistant));
        } else if (message.getToolCallsCount() == 0) {
            throw fields.missing("content");
        }
        fields.refuseOthers();
        return message.build();
    }

    private static String role(Fields message) {
        String role = message.requiredString("role");
        return switch (role) {
            case "system", "user", "assistant", "tool" -> role;
            // OpenAI's newer name for the same role, which models' templates do not know
            case "developer" -> "system";
            default ->
                throw Refusal.invalid(
                                message.at("role"),
                                message.at("role")
                                        + " must be one of system, developer, user, assistant and tool, was \""
                                        + Fields.shorten(role) + "\"")
                        .exception();
        };
    }

    private static List<ContentPart> content(JsonNode content, String path, boolean assistant) {
        if (content.isString()) {
            return List.of(text(Fields.text(content, path)));
        }
        if (!content.isArray()) {
            throw Fields.refused(path, "a string or an array of parts", content);
        }
        return Fields.elements(content, path, MAX_PARTS, (part, at) -> part(part, at, assistant));
    }

    private static ContentPart part(JsonNode value, String path, boolean assistant) {
        Fields part = Fields.of(value, path);
        String type = part.requiredString("type");
        String text;
        if (type.equals("text")) {
            text = part.requiredString("text");
        } else if (type.equals("refusal") && assistant) {
            text = part.requiredString("refusal");
        } else {
            throw unsupportedPart(part, type);
        }
        part.refuseOthers();
        return text(text);
    }

    private static RefusedException unsupportedPart(Fields part, String type) {
        boolean known = Set.of("image_url", "input_audio", "file", "video_url").contains(type);
        return Refusal.of(
                        Refusal.Kind.INVALID,
                        known ? "unsupported_parameter" : "invalid_value",
                        known
                                ? "content parts of type " + type + " are not supported yet: send text"
                                : part.at("type") + " must be text, was \"" + Fields.shorten(type) + "\"")
                .at(part.at("type"))
                .exception();
    }

    private static ContentPart text(String text) {
        return ContentPart.newBuilder().setText(text).build();
    }

    private static ToolCall toolCall(JsonNode value, String path) {
        Fields call = Fields.of(value, path);
        call.accept(Set.of("type", "index"));
        Fields function = call.object("function").orElseThrow(() -> call.missing("function"));
        ToolCall toolCall = ToolCall.newBuilder()
                .setId(call.requiredString("id"))
                .setName(function.requiredString("name"))
                .setArgumentsJson(function.requiredString("arguments"))
                .build();
        function.refuseOthers();
        call.refuseOthers();
        return toolCall;
    }
}
