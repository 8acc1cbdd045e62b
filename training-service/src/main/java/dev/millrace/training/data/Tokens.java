package dev.millrace.training.data;

import java.util.List;

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

    /** @param special with what the model's file asks for around a text */
    int[] text(String text, boolean special);

    /** A chat that the model's template refuses. */
    final class RefusedChatException extends Exception {
        private static final long serialVersionUID = 1;

        public RefusedChatException(String reason) {
            super(reason);
        }
    }
}
