package dev.millrace.training.data;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/**
 * Reads a row of a data set: OpenAI's {@code messages} and preferences, {@code conversations}, prompt and completion, prompt,
 * chosen and rejected, plain text. Which one it is, its keys say.
 */
final class RowReader {
    private static final Map<String, String> SPEAKERS = Map.of(
            "human",
            "user",
            "user",
            "user",
            "gpt",
            "assistant",
            "assistant",
            "assistant",
            "system",
            "system",
            "tool",
            "tool");
    private static final int SHOWN = 60;

    private RowReader() {}

    /** @param preference whether pairs are wanted */
    static Row read(JsonNode row, boolean preference) throws BadLineException {
        return preference ? preference(row) : supervised(row);
    }

    private static Row supervised(JsonNode row) throws BadLineException {
        if (row.has("messages")) {
            return new Row.Chat(Messages.read(row.get("messages"), "messages"), tools(row));
        }
        if (row.has("conversations")) {
            return new Row.Chat(conversation(row.get("conversations")), tools(row));
        }
        if (row.has("prompt") && row.has("completion")) {
            if (row.get("prompt").isArray()) {
                List<ChatMessage> all = new ArrayList<>();
                for (ChatMessage given : Messages.read(row.get("prompt"), "prompt")) {
                    all.add(new ChatMessage(
                            given.role(), given.content(), given.toolCalls(), given.toolCallId(), false));
                }
                all.addAll(Messages.read(row.get("completion"), "completion"));
                return new Row.Chat(all, tools(row));
            }
            return new Row.Completion(text(row, "prompt"), text(row, "completion"));
        }
        if (row.has("text")) {
            return new Row.Text(text(row, "text"));
        }
        throw new BadLineException("has the keys " + row.propertyNames()
                + ", expected \"messages\", \"conversations\", \"prompt\" and \"completion\", or \"text\"");
    }

    private static Row preference(JsonNode row) throws BadLineException {
        if (row.has("input")) {
            JsonNode input = row.get("input");
            return new Row.ChatPreference(
                    Messages.read(input.path("messages"), "input.messages"),
                    Messages.read(row.path("preferred_output"), "preferred_output"),
                    Messages.read(row.path("non_preferred_output"), "non_preferred_output"),
                    tools(input));
        }
        if (row.has("prompt") && row.has("chosen") && row.has("rejected")) {
            if (row.get("prompt").isArray()) {
                return new Row.ChatPreference(
                        Messages.read(row.get("prompt"), "prompt"),
                        Messages.read(row.get("chosen"), "chosen"),
                        Messages.read(row.get("rejected"), "rejected"),
                        tools(row));
            }
            return new Row.TextPreference(text(row, "prompt"), text(row, "chosen"), text(row, "rejected"));
        }
        throw new BadLineException("has the keys " + row.propertyNames()
                + ", expected \"input\", \"preferred_output\" and \"non_preferred_output\", or \"prompt\", \"chosen\""
                + " and \"rejected\"");
    }

    private static List<ChatMessage> conversation(JsonNode node) throws BadLineException {
        if (!node.isArray()) {
            throw new BadLineException("\"conversations\" is " + shown(node) + ", expected an array");
        }
        List<ChatMessage> messages = new ArrayList<>();
        for (int i = 0; i < node.size(); i++) {
            JsonNode turn = node.get(i);
            String at = "conversations[" + i + "]";
            String role = turn.has("from") ? SPEAKERS.get(turn.path("from").asString("")) : null;
            if (role == null && turn.has("from")) {
                throw new BadLineException(
                        at + ".from is " + shown(turn.get("from")) + ", expected one of human, gpt, system, tool");
            }
            if (role == null) {
                // some write OpenAI's messages under this key
                messages.add(Messages.message(turn, at));
                continue;
            }
            if (!turn.path("value").isString()) {
                throw new BadLineException(at + ".value is " + shown(turn.path("value")) + ", expected a text");
            }
            messages.add(new ChatMessage(role, turn.get("value").asString(), List.of(), "", true));
        }
        return messages;
    }

    private static List<String> tools(JsonNode row) throws BadLineException {
        JsonNode tools = row.path("tools");
        if (tools.isMissingNode() || tools.isNull()) {
            return List.of();
        }
        if (!tools.isArray()) {
            throw new BadLineException("\"tools\" is " + shown(tools) + ", expected an array");
        }
        List<String> texts = new ArrayList<>();
        tools.forEach(tool -> texts.add(tool.toString()));
        return texts;
    }

    private static String text(JsonNode row, String key) throws BadLineException {
        JsonNode value = row.get(key);
        if (value == null || !value.isString()) {
            throw new BadLineException(
                    "\"" + key + "\" is " + shown(value == null ? row.path(key) : value) + ", expected a text");
        }
        return value.asString();
    }

    /** A value for messages, cut where it is long. */
    static String shown(JsonNode node) {
        if (node.isMissingNode()) {
            return "missing";
        }
        String text = node.toString();
        return text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "...";
    }
}
