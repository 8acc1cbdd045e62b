package dev.millrace.training.data;

import dev.millrace.training.examples.Example;
import dev.millrace.training.examples.Prompt;
import java.util.List;
import java.util.Optional;

/** What a row puts to a model, as a person reads it, and the answer that the row has for it. */
record Question(String asked, String wanted) {
    /** Empty where a row asks nothing. */
    static Optional<Question> of(Row row) {
        return switch (row) {
            case Row.Chat chat -> Optional.of(last(chat.messages()));
            case Row.Completion(String prompt, String completion) -> Optional.of(new Question(prompt, completion));
            case Row.ChatPreference pair ->
                Optional.of(new Question(
                        pair.prompt().getLast().content(),
                        pair.chosen().getFirst().content()));
            case Row.TextPreference pair -> Optional.of(new Question(pair.prompt(), pair.chosen()));
            case Row.Text(String ignored) -> Optional.empty();
        };
    }

    /** The last answer that is learnt, and the message before it. */
    private static Question last(List<ChatMessage> messages) {
        int at = messages.size() - 1;
        while (!messages.get(at).isAnswer() || !messages.get(at).learn()) {
            at--;
        }
        return new Question(messages.get(at - 1).content(), messages.get(at).content());
    }

    /** @param example of the same row: of a pair it is the first answer that is wanted */
    Prompt prompt(Example example) {
        return Prompt.before(asked, wanted, example.sequences().getFirst());
    }
}
