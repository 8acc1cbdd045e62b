package dev.millrace.training.data;

import java.util.List;

/**
 * One message of a chat.
 *
 * @param toolCalls of an assistant
 * @param toolCallId what a tool's message answers; may be empty
 * @param learn whether an assistant's message is to be learnt
 */
public record ChatMessage(String role, String content, List<ToolCall> toolCalls, String toolCallId, boolean learn) {
    /** @param arguments as JSON text */
    public record ToolCall(String id, String name, String arguments) {}

    public ChatMessage {
        toolCalls = List.copyOf(toolCalls);
    }

    boolean isAnswer() {
        return "assistant".equals(role);
    }
}
