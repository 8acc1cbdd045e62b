package dev.millrace.tokenizer.chat;

import dev.millrace.tokenizer.template.Dict;
import dev.millrace.tokenizer.template.Str;
import dev.millrace.tokenizer.template.Template;
import dev.millrace.tokenizer.template.Value;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Renders a chat whose last message is to be gone on with: without what the template writes behind that message. As
 * transformers does it, by a mark behind the message's text.
 */
final class OpenEnd {
    private static final String MARK = "CONTINUE_FINAL_MESSAGE_TAG ";

    private OpenEnd() {}

    /** @throws NotFoundException if there is no text to go on with, or the template leaves it out */
    static Str render(Template template, Map<String, Value> variables, Clock clock) {
        if (!(variables.get("messages") instanceof Value.ListOf messages)
                || messages.items().isEmpty()
                || !(messages.items().getLast() instanceof Dict last)) {
            throw new NotFoundException("there is no last message to go on with");
        }
        Marked marked = marked(last.get("content").orElse(Value.None.NONE));
        List<Value> all = new ArrayList<>(messages.items());
        all.set(
                all.size() - 1,
                Dict.builder().putAll(last).put("content", marked.content).build());
        Map<String, Value> withMark = new HashMap<>(variables);
        withMark.put("messages", new Value.ListOf(all));
        return cut(template.render(withMark, clock), marked.text);
    }

    /** @param text what the model is to go on with */
    private record Marked(Value content, String text) {}

    private static Marked marked(Value content) {
        return switch (content) {
            case Str text -> new Marked(text.plus(Str.of(MARK)), text.text());
            case Value.ListOf parts -> marked(parts);
            default -> throw new NotFoundException("the last message has no text to go on with");
        };
    }

    private static Marked marked(Value.ListOf parts) {
        List<Value> all = new ArrayList<>(parts.items());
        for (int i = all.size() - 1; i >= 0; i--) {
            if (all.get(i) instanceof Dict part && part.get("text").orElse(Value.None.NONE) instanceof Str text) {
                all.set(
                        i,
                        Dict.builder()
                                .putAll(part)
                                .put("text", text.plus(Str.of(MARK)))
                                .build());
                return new Marked(new Value.ListOf(all), text.text());
            }
        }
        throw new NotFoundException("the last message has no text to go on with");
    }

    private static Str cut(Str rendered, String text) {
        int mark = rendered.text().lastIndexOf(MARK.strip());
        if (mark < 0 || !rendered.text().contains(text.strip())) {
            throw new NotFoundException("the chat template leaves the last message's text out");
        }
        if (rendered.text().startsWith(MARK, mark)) {
            return rendered.slice(0, mark);
        }
        // the template strips the text's end, so the text must not end in white space here either
        return rendered.slice(
                0, rendered.text().substring(0, mark).stripTrailing().length());
    }

    /** There is no text to go on with. */
    static final class NotFoundException extends RuntimeException {
        private static final long serialVersionUID = 1;

        private final String reason;

        NotFoundException(String reason) {
            super(reason);
            this.reason = reason;
        }

        String reason() {
            return reason;
        }
    }
}
