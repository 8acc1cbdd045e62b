package dev.millrace.training.data;

import dev.millrace.training.data.ChatMessage.ToolCall;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** Messages as OpenAI's API has them. */
final class Messages {
    private static final Set<String> ROLES = Set.of("system", "developer", "user", "assistant", "tool");

    private Messages() {}

    static List<ChatMessage> read(JsonNode node, String at) throws BadLineException {
        if (!node.isArray() || node.isEmpty()) {
            throw new BadLineException(
                    "\"" + at + "\" is " + RowReader.shown(node) + ", expected an array of one message or more");
        }
        List<ChatMessage> messages = new ArrayList<>();
        for (int i = 0; i < node.size(); i++) {
            messages.add(message(node.get(i), at + "[" + i + "]"));
        }
        return messages;
    }

    static ChatMessage message(JsonNode node, String at) throws BadLineException {
        String role = node.path("role").asString("");
        if (!ROLES.contains(role)) {
            throw new BadLineException(at + ".role is " + RowReader.shown(node.path("role"))
                    + ", expected one of system, developer, user, assistant, tool");
        }
        List<ToolCall> calls = calls(node.path("tool_calls"), at);
        return new ChatMessage(
                role,
                content(node.path("content"), !calls.isEmpty(), at),
                calls,
                node.path("tool_call_id").asString(""),
                learn(node.path("weight"), at));
    }

    private static String content(JsonNode content, boolean optional, String at) throws BadLineException {
        if (content.isString()) {
            return content.asString();
        }
        if (optional && (content.isMissingNode() || content.isNull())) {
            return "";
        }
        if (!content.isArray()) {
            throw new BadLineException(at + ".content is " + RowReader.shown(content) + ", expected a text");
        }
        StringBuilder text = new StringBuilder();
        for (JsonNode part : content) {
            if (!"text".equals(part.path("type").asString(""))
                    || !part.path("text").isString()) {
                throw new BadLineException(at + ".content has a part " + RowReader.shown(part)
                        + ", expected parts of the type \"text\" alone");
            }
            text.append(text.isEmpty() ? "" : "\n").append(part.get("text").asString());
        }
        return text.toString();
    }

    private static boolean learn(JsonNode weight, String at) throws BadLineException {
        if (weight.isMissingNode() || weight.isNull()) {
            return true;
        }
        if (!weight.isNumber() || (weight.asDouble() != 0 && weight.asDouble() != 1)) {
            throw new BadLineException(at + ".weight is " + RowReader.shown(weight) + ", expected 0 or 1");
        }
        return weight.asDouble() == 1;
    }

    private static List<ToolCall> calls(JsonNode node, String at) throws BadLineException {
        List<ToolCall> calls = new ArrayList<>();
        for (JsonNode call : node) {
            JsonNode function = call.path("function");
            if (!function.path("name").isString()) {
                throw new BadLineException(at + ".tool_calls has " + RowReader.shown(call)
                        + ", expected a function with a name and arguments");
            }
            calls.add(new ToolCall(
                    call.path("id").asString(""),
                    function.get("name").asString(),
                    function.path("arguments").asString("{}")));
        }
        return calls;
    }
}
