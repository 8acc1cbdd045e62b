package dev.millrace.training.data;

import dev.millrace.training.data.Tokens.Range;
import dev.millrace.training.data.Tokens.RefusedChatException;
import dev.millrace.training.data.Tokens.Written;
import dev.millrace.training.examples.Example;
import dev.millrace.training.examples.Sequence;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.OptionalInt;

/**
 * What a row says, as tokens. Which tokens are the assistant's the template says, where it marks them; else it is found by
 * difference: the template writes the chat up to a message, then with it; where the first isn't the second's beginning,
 * nobody can say, and the row is refused.
 */
final class RowEncoder {
    private final Tokens tokens;
    private final OptionalInt end;

    /** @param end the token that ends a text of the model's */
    RowEncoder(Tokens tokens, OptionalInt end) {
        this.tokens = tokens;
        this.end = end;
    }

    Example encode(Row row) throws BadLineException {
        return switch (row) {
            case Row.Chat chat -> new Example(List.of(chat(chat.messages(), chat.tools())));
            case Row.Completion(String prompt, String completion) ->
                new Example(List.of(completion(prompt, completion, "completion")));
            case Row.Text(String text) -> new Example(List.of(text(text)));
            case Row.TextPreference(String prompt, String chosen, String rejected) ->
                new Example(List.of(completion(prompt, chosen, "chosen"), completion(prompt, rejected, "rejected")));
            case Row.ChatPreference pair ->
                new Example(List.of(
                        answer(pair.prompt(), pair.chosen(), pair.tools()),
                        answer(pair.prompt(), pair.rejected(), pair.tools())));
        };
    }

    private Sequence text(String text) throws BadLineException {
        int[] ids = ended(tokens.text(text, true));
        if (ids.length < 2) {
            throw new BadLineException("is a text of " + ids.length + " tokens, of which none has one before it");
        }
        return Sequence.plain(ids);
    }

    private Sequence completion(String prompt, String completion, String key) throws BadLineException {
        int[] given = tokens.text(prompt, true);
        int[] learnt = ended(tokens.text(completion, false));
        if (learnt.length == 0) {
            throw new BadLineException("\"" + key + "\" is empty, expected a text to learn");
        }
        int[] all = Arrays.copyOf(given, given.length + learnt.length);
        System.arraycopy(learnt, 0, all, given.length, learnt.length);
        if (all.length < 2) {
            throw new BadLineException("is one token, which has none before it");
        }
        return Sequence.completion(all, given.length);
    }

    private int[] ended(int[] ids) {
        if (end.isEmpty() || ids.length == 0) {
            return ids;
        }
        int[] longer = Arrays.copyOf(ids, ids.length + 1);
        longer[ids.length] = end.getAsInt();
        return longer;
    }

    private Sequence answer(List<ChatMessage> prompt, List<ChatMessage> answer, List<String> tools)
            throws BadLineException {
        if (!answer.getFirst().isAnswer()) {
            throw new BadLineException(
                    "has an output by \"" + answer.getFirst().role() + "\", expected one by \"assistant\"");
        }
        int[] given = write(prompt, tools, true);
        List<ChatMessage> whole = new ArrayList<>(prompt);
        whole.addAll(answer);
        int[] all = write(whole, tools, false);
        requireBeginning(given, all, prompt.size());
        return Sequence.completion(all, given.length);
    }

    private Sequence chat(List<ChatMessage> messages, List<String> tools) throws BadLineException {
        checkOrder(messages);
        Written written = write(messages, tools);
        int[] all = written.ids();
        List<Range> marked = written.answers();
        boolean isMarked =
                marked.size() == messages.stream().filter(ChatMessage::isAnswer).count();
        BitSet scored = new BitSet();
        int answers = 0;
        for (int i = 0; i < messages.size(); i++) {
            ChatMessage message = messages.get(i);
            if (!message.isAnswer()) {
                continue;
            }
            int answer = answers++;
            if (message.learn() && isMarked) {
                Range range = marked.get(answer);
                scored.set(Math.max(1, range.from()), Math.max(1, range.to()));
            } else if (message.learn()) {
                int[] before = write(messages.subList(0, i), tools, true);
                int[] after = i + 1 == messages.size() ? all : write(messages.subList(0, i + 1), tools, false);
                requireBeginning(before, after, i);
                requireBeginning(after, all, i + 1);
                scored.set(Math.max(1, before.length), Math.max(1, after.length));
            }
        }
        if (scored.isEmpty()) {
            throw new BadLineException("has no assistant message with weight 1, expected something to learn");
        }
        return new Sequence(all, scored);
    }

    private static void checkOrder(List<ChatMessage> messages) throws BadLineException {
        for (int i = 0; i < messages.size(); i++) {
            String role = messages.get(i).role();
            String before = i == 0 ? "" : messages.get(i - 1).role();
            if ("assistant".equals(role) && i == 0) {
                throw new BadLineException(
                        "begins with an assistant message, expected one by system or user before it");
            }
            if (("user".equals(role) || "assistant".equals(role)) && role.equals(before)) {
                throw new BadLineException("has two messages by \"" + role + "\" in a row at messages[" + i + "]");
            }
            if ("system".equals(role) && i > 0) {
                throw new BadLineException("has a system message at messages[" + i + "], expected it at the beginning");
            }
        }
    }

    private Written write(List<ChatMessage> messages, List<String> tools) throws BadLineException {
        try {
            return tokens.written(messages, tools);
        } catch (RefusedChatException refused) {
            throw refused(refused);
        }
    }

    private static BadLineException refused(RefusedChatException refused) {
        return new BadLineException("can't be written by the model's chat template: " + refused.getMessage());
    }

    private int[] write(List<ChatMessage> messages, List<String> tools, boolean opensAnswer) throws BadLineException {
        try {
            return tokens.chat(messages, tools, opensAnswer);
        } catch (RefusedChatException refused) {
            throw refused(refused);
        }
    }

    private static void requireBeginning(int[] beginning, int[] whole, int messages) throws BadLineException {
        if (beginning.length > whole.length
                || !Arrays.equals(beginning, 0, beginning.length, whole, 0, beginning.length)) {
            throw new BadLineException("is written by the model's chat template so that its first " + messages
                    + " messages look different once others follow: which tokens are the assistant's can't be told");
        }
    }
}
