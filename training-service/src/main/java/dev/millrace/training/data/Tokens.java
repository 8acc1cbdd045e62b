package dev.millrace.training.data;

import java.io.IOException;
import java.util.List;
import java.util.Set;

/** A model's tokenizer, in another process. */
public interface Tokens {
    /**
     * A chat as the model's template writes it.
     *
     * @param tools each a JSON object as in OpenAI's API
     * @param opensAnswer end with the words that open the assistant's turn
     * @throws RefusedChatException if the template can't write it
     */
    int[] chat(List<ChatMessage> messages, List<String> tools, boolean opensAnswer) throws RefusedChatException;

    /**
     * A whole chat, and which of its tokens are the assistant's, as far as the model's template says so.
     *
     * @param tools each a JSON object as in OpenAI's API
     * @throws RefusedChatException if the template can't write it
     */
    default Written written(List<ChatMessage> messages, List<String> tools) throws RefusedChatException {
        return new Written(chat(messages, tools, false), List.of());
    }

    /** Tokens from one up to, and without, another. */
    record Range(int from, int to) {}

    /** @param answers one for each message of the assistant's; empty where the template doesn't mark them */
    @SuppressWarnings("ArrayRecordComponent") // read once, never compared
    record Written(int[] ids, List<Range> answers) {
        public Written {
            answers = List.copyOf(answers);
        }
    }

    /** @param special with what the model's file asks for around a text */
    int[] text(String text, boolean special);

    /**
     * The text of tokens, without those that control.
     *
     * @throws IOException if the tokenizer can't be asked
     */
    String decoded(int[] ids) throws IOException;

    /** Which of these tokens control, as the ends of turns do: they are no text. */
    Set<Integer> control(int[] ids);

    /** A chat that the model's template refuses. */
    final class RefusedChatException extends Exception {
        private static final long serialVersionUID = 1;

        public RefusedChatException(String reason) {
            super(reason);
        }
    }
}
