package dev.millrace.training.data;

import java.util.List;

/** What a line says. */
sealed interface Row {
    /** A conversation, of which the assistant's messages are learnt. */
    record Chat(List<ChatMessage> messages, List<String> tools) implements Row {}

    /** A text that is given, and one that is to follow it. */
    record Completion(String prompt, String completion) implements Row {}

    /** A text to be learnt as it is. */
    record Text(String text) implements Row {}

    /** Two answers to one conversation. */
    record ChatPreference(
            List<ChatMessage> prompt, List<ChatMessage> chosen, List<ChatMessage> rejected, List<String> tools)
            implements Row {}

    /** Two texts that may follow one. */
    record TextPreference(String prompt, String chosen, String rejected) implements Row {}
}
