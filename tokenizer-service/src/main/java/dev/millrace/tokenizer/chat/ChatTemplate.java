package dev.millrace.tokenizer.chat;

import dev.millrace.tokenizer.template.Str;
import dev.millrace.tokenizer.template.Template;
import dev.millrace.tokenizer.template.TemplateException;
import dev.millrace.tokenizer.template.Value;
import java.time.Clock;
import java.util.List;
import java.util.Map;

/**
 * A model's template, and how it wants a message's content.
 *
 * @param inParts as a list of parts instead of one text
 */
record ChatTemplate(Template template, boolean inParts) {
    private static final String NEEDLE = "a needle in a haystack";

    /** @throws TemplateException if the template can't be read */
    static ChatTemplate compile(String source, Map<String, Value> specialTokens, Clock clock) {
        Template template = Template.compile(source);
        boolean takesText = printsNeedle(template, false, specialTokens, clock);
        return new ChatTemplate(template, !takesText && printsNeedle(template, true, specialTokens, clock));
    }

    /** No model says which of the two its template takes, so we try. */
    private static boolean printsNeedle(
            Template template, boolean inParts, Map<String, Value> specialTokens, Clock clock) {
        Chat chat = new Chat(List.of(Chat.Message.of("user", NEEDLE)), List.of(), "", true, false);
        Map<String, Value> variables = ChatVariables.of(chat, inParts);
        variables.putAll(specialTokens);
        try {
            return template.render(variables, clock).text().contains(NEEDLE);
        } catch (TemplateException e) {
            return false;
        }
    }

    /** A whole chat, with the places of what the assistant said; otherwise as {@link #render}. */
    Template.Rendering rendering(Chat chat, Map<String, Value> specialTokens, Clock clock) {
        Map<String, Value> variables = ChatVariables.of(chat, inParts);
        variables.putAll(specialTokens);
        return template.rendering(variables, clock);
    }

    /**
     * @throws TemplateException          if the template refuses the chat
     * @throws InvalidChatException       if a part of the chat is malformed
     */
    Str render(Chat chat, Map<String, Value> specialTokens, Clock clock) {
        Map<String, Value> variables = ChatVariables.of(chat, inParts);
        variables.putAll(specialTokens);
        return chat.continueFinalMessage()
                ? OpenEnd.render(template, variables, clock)
                : template.render(variables, clock);
    }
}
