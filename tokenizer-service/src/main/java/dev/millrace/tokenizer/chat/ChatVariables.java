package dev.millrace.tokenizer.chat;

import dev.millrace.tokenizer.template.Dict;
import dev.millrace.tokenizer.template.Str;
import dev.millrace.tokenizer.template.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A chat as the variables of a template, shaped as transformers shapes them. All texts but roles are foreign. */
final class ChatVariables {
    private ChatVariables() {}

    /**
     * @param inParts whether the template wants each content as a list of parts
     * @throws InvalidChatException if a tool or the variables are no JSON object
     */
    static Map<String, Value> of(Chat chat, boolean inParts) {
        Map<String, Value> variables = new HashMap<>();
        if (!chat.variables().isEmpty()) {
            object("template_variables", chat.variables()).forEach(variables::put);
        }
        variables.putIfAbsent("documents", Value.None.NONE);
        variables.put("tools", tools(chat.tools()));
        variables.put("add_generation_prompt", Value.Bool.of(chat.addGenerationPrompt()));
        List<Value> messages = new ArrayList<>(chat.messages().size());
        chat.messages().forEach(message -> messages.add(message(message, inParts)));
        variables.put("messages", Reasoning.aliased(new Value.ListOf(messages)));
        return variables;
    }

    private static Value tools(List<String> tools) {
        if (tools.isEmpty()) {
            return Value.None.NONE;
        }
        List<Value> all = new ArrayList<>(tools.size());
        tools.forEach(tool -> all.add(object("tools", tool)));
        return new Value.ListOf(all);
    }

    private static Dict object(String param, String json) {
        try {
            if (JsonReader.read(json) instanceof Dict object) {
                return object;
            }
        } catch (JsonReader.InvalidJsonException e) {
            throw new InvalidChatException(
                    param, param + " must be a JSON object; it can't be read: " + e.getMessage());
        }
        throw new InvalidChatException(param, param + " must be a JSON object, was " + shortened(json));
    }

    private static String shortened(String json) {
        return json.length() <= 60 ? json : json.substring(0, 60) + "...";
    }

    private static Dict message(Chat.Message message, boolean inParts) {
        Dict.Builder fields = Dict.builder()
                .put("role", Str.of(message.role()))
                .put("content", inParts ? parts(message.texts()) : Str.foreign(String.join("\n", message.texts())));
        message.name().ifPresent(name -> fields.put("name", Str.foreign(name)));
        message.toolCallId().ifPresent(id -> fields.put("tool_call_id", Str.foreign(id)));
        message.reasoning().ifPresent(text -> fields.put("reasoning_content", Str.foreign(text)));
        if (!message.toolCalls().isEmpty()) {
            List<Value> calls = new ArrayList<>();
            message.toolCalls().forEach(call -> calls.add(call(call)));
            fields.put("tool_calls", new Value.ListOf(calls));
        }
        return fields.build();
    }

    private static Value parts(List<String> texts) {
        List<Value> parts = new ArrayList<>(texts.size());
        for (String text : texts) {
            parts.add(Dict.builder()
                    .put("type", Str.of("text"))
                    .put("text", Str.foreign(text))
                    .build());
        }
        return new Value.ListOf(parts);
    }

    private static Dict call(Chat.ToolCall call) {
        return Dict.builder()
                .put("id", Str.foreign(call.id()))
                .put("type", Str.of("function"))
                .put(
                        "function",
                        Dict.builder()
                                .put("name", Str.foreign(call.name()))
                                .put("arguments", arguments(call.arguments()))
                                .build())
                .build();
    }

    /** Templates want a mapping; what a model has made of its arguments may be no JSON, and then stays a text. */
    private static Value arguments(String json) {
        try {
            return JsonReader.read(json) instanceof Dict object ? object : Str.foreign(json);
        } catch (JsonReader.InvalidJsonException e) {
            return Str.foreign(json);
        }
    }
}
