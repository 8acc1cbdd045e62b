package dev.millrace.tokenizer.chat;

import java.util.List;

/** What became of a chat. */
public sealed interface ChatEncoding {
    /**
     * A prompt.
     *
     * @param text what the template rendered; the ids may begin with a BOS token that isn't in it
     */
    record Prompt(List<Integer> ids, String text) implements ChatEncoding {
        public Prompt {
            ids = List.copyOf(ids);
        }
    }

    /**
     * No prompt, for a reason that the caller can do something about.
     *
     * @param param the field at fault
     */
    record Refused(Cause cause, String param, String reason) implements ChatEncoding {}

    /** What stood in the way. */
    enum Cause {
        /** A base model: made to go on with texts, not to chat. */
        NO_CHAT_TEMPLATE,
        /** The template can't be read, or refuses these messages. */
        TEMPLATE_ERROR,
        /** A part of the chat is malformed. */
        INVALID_VALUE
    }
}
