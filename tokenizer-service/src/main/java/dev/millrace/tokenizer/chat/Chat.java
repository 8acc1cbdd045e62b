package dev.millrace.tokenizer.chat;

import java.util.List;
import java.util.Optional;

/**
 * What a chat template is to turn into a prompt.
 *
 * @param tools                each a JSON object; templates print it, so the order of its keys counts
 * @param variables            further variables for the template as a JSON object, or empty
 * @param addGenerationPrompt  end with the words that open the assistant's turn
 * @param continueFinalMessage leave the last message open, for the model to go on with it
 */
public record Chat(
        List<Message> messages,
        List<String> tools,
        String variables,
        boolean addGenerationPrompt,
        boolean continueFinalMessage) {
    public Chat {
        messages = List.copyOf(messages);
        tools = List.copyOf(tools);
        if (addGenerationPrompt && continueFinalMessage) {
            throw new IllegalArgumentException(
                    "a prompt either opens the assistant's turn or goes on with the last message, not both");
        }
    }

    /**
     * One turn.
     *
     * @param texts      the parts of what was said; none for an assistant that only calls tools
     * @param toolCallId which call this is the result of
     */
    public record Message(
            String role,
            List<String> texts,
            List<ToolCall> toolCalls,
            Optional<String> toolCallId,
            Optional<String> name,
            Optional<String> reasoning) {
        public Message {
            // a role is the one word from outside that templates put into control tokens ("<|user|>")
            if (!role.matches("[A-Za-z][A-Za-z0-9_-]{0,63}")) {
                throw new IllegalArgumentException("a role must be one word, such as user, was \"" + role + "\"");
            }
            texts = List.copyOf(texts);
            toolCalls = List.copyOf(toolCalls);
        }

        public static Message of(String role, String text) {
            return new Message(role, List.of(text), List.of(), Optional.empty(), Optional.empty(), Optional.empty());
        }
    }

    /**
     * A call that the assistant made.
     *
     * @param arguments as JSON text
     */
    public record ToolCall(String id, String name, String arguments) {}
}
