package dev.millrace.tokenizer.chat;

import dev.millrace.tokenizer.chat.ChatEncoding.Cause;
import dev.millrace.tokenizer.chat.ChatEncoding.Refused;
import dev.millrace.tokenizer.template.Str;
import dev.millrace.tokenizer.template.Template;
import dev.millrace.tokenizer.template.TemplateException;
import dev.millrace.tokenizer.template.Value;
import dev.millrace.tokenizer.vocabulary.ModelTokenizer;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Turns chats into the prompts of one model. Any number of threads may share it.
 *
 * <p>The names of control tokens are read as such only where the template itself wrote every character of them: what came
 * from a message, a tool or a variable is text, whatever it looks like (docs/decisions/chat-templates.md).
 */
public final class ChatEncoder {
    private final ModelTokenizer tokenizer;
    private final Clock clock;
    private final Map<String, Value> specialTokens;
    private final Source usual;
    private final Source withTools;

    /** What a model's file has by way of a template. */
    private sealed interface Source {
        record Absent() implements Source {}

        record Broken(String reason) implements Source {}

        record Usable(ChatTemplate template) implements Source {}
    }

    /** @param clock what templates that print the date ask, its zone included */
    public ChatEncoder(ModelTokenizer tokenizer, Clock clock) {
        this.tokenizer = tokenizer;
        this.clock = clock;
        Map<String, Value> tokens = new HashMap<>();
        tokenizer.bosToken().ifPresent(name -> tokens.put("bos_token", Str.of(name)));
        tokenizer.eosToken().ifPresent(name -> tokens.put("eos_token", Str.of(name)));
        this.specialTokens = Map.copyOf(tokens);
        this.usual = source("default");
        Source named = source("tool_use");
        this.withTools = named instanceof Source.Absent ? usual : named;
    }

    private Source source(String name) {
        return tokenizer.chatTemplate(name).map(this::compiled).orElse(new Source.Absent());
    }

    private Source compiled(String source) {
        try {
            return new Source.Usable(ChatTemplate.compile(source, specialTokens, clock));
        } catch (TemplateException e) {
            return new Source.Broken(e.getMessage());
        }
    }

    public ChatEncoding encode(Chat chat) {
        return switch (chat.tools().isEmpty() ? usual : withTools) {
            case Source.Absent absent ->
                new Refused(
                        Cause.NO_CHAT_TEMPLATE,
                        "model",
                        "this model has no chat template: it is a base model, which goes on with a text."
                                + " Use /v1/completions, or choose a model that is made to chat");
            case Source.Broken broken ->
                new Refused(
                        Cause.TEMPLATE_ERROR, "model", "the model's chat template can't be read: " + broken.reason());
            case Source.Usable usable -> encode(chat, usable.template());
        };
    }

    private ChatEncoding encode(Chat chat, ChatTemplate template) {
        try {
            Str prompt = template.render(chat, specialTokens, clock);
            return new ChatEncoding.Prompt(ids(prompt), prompt.text());
        } catch (TemplateException e) {
            String reason = e.kind() == TemplateException.Kind.RAISED
                    ? "the model's chat template refuses these messages: " + e.reason()
                    : "the model's chat template fails on these messages: " + e.getMessage();
            return new Refused(Cause.TEMPLATE_ERROR, "messages", reason);
        } catch (OpenEnd.NotFoundException e) {
            return new Refused(Cause.INVALID_VALUE, "messages", e.reason());
        } catch (InvalidChatException e) {
            return new Refused(Cause.INVALID_VALUE, e.param(), e.reason());
        }
    }

    /** Ids of a prompt from one up to, and without, another. */
    public record TokenRange(int from, int to) {}

    /**
     * Which ids of a chat's prompt are the assistant's words, by the template's {@code generation} blocks.
     *
     * @param chat one that {@link #encode} takes, none of its messages left open
     * @return one for each block that was written; empty where the template has none, or a border falls within a token
     */
    public List<TokenRange> generated(Chat chat) {
        if (!((chat.tools().isEmpty() ? usual : withTools) instanceof Source.Usable(ChatTemplate template))) {
            return List.of();
        }
        Template.Rendering rendering = template.rendering(chat, specialTokens, clock);
        List<Integer> all = rendering.generated().isEmpty() ? List.of() : ids(rendering.text());
        List<TokenRange> ranges = new ArrayList<>();
        for (Template.Span span : rendering.generated()) {
            List<Integer> before = ids(rendering.text().slice(0, span.from()));
            List<Integer> after = ids(rendering.text().slice(0, span.to()));
            if (!beginsWith(all, before) || !beginsWith(all, after)) {
                return List.of();
            }
            ranges.add(new TokenRange(before.size(), after.size()));
        }
        return ranges;
    }

    private static boolean beginsWith(List<Integer> all, List<Integer> beginning) {
        return beginning.size() <= all.size()
                && all.subList(0, beginning.size()).equals(beginning);
    }

    /** The ids of a rendered chat. A template that writes the BOS token itself gets no second one. */
    private List<Integer> ids(Str prompt) {
        int[] rendered = tokenizer.encode(
                tokenizer.split(prompt.text(), (start, end) -> prompt.foreign().touch(start, end)), false);
        List<Integer> opening = tokenizer.opening();
        List<Integer> ids = new ArrayList<>(opening.size() + rendered.length);
        if (!startsWith(rendered, opening)) {
            ids.addAll(opening);
        }
        for (int id : rendered) {
            ids.add(id);
        }
        return ids;
    }

    private static boolean startsWith(int[] ids, List<Integer> opening) {
        if (ids.length < opening.size()) {
            return false;
        }
        for (int i = 0; i < opening.size(); i++) {
            if (ids[i] != opening.get(i)) {
                return false;
            }
        }
        return true;
    }
}
