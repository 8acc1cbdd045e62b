package dev.millrace.tokenizer.chat;

import dev.millrace.tokenizer.template.Dict;
import dev.millrace.tokenizer.template.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Templates read a message's reasoning by one of several names; transformers lets each find it, and so do we. */
final class Reasoning {
    private static final List<String> NAMES = List.of("reasoning_content", "thinking", "reasoning");

    private Reasoning() {}

    static Value.ListOf aliased(Value.ListOf messages) {
        List<Value> aliased = new ArrayList<>(messages.items().size());
        for (Value message : messages.items()) {
            aliased.add(message instanceof Dict fields ? aliased(fields) : message);
        }
        return new Value.ListOf(aliased);
    }

    private static Dict aliased(Dict message) {
        Optional<Value> reasoning = NAMES.stream()
                .map(message::get)
                .flatMap(Optional::stream)
                .filter(value -> !(value instanceof Value.None))
                .findFirst();
        if (reasoning.isEmpty()) {
            return message;
        }
        // the order of the fields shows where a template prints the whole message
        return Dict.builder()
                .put("thinking", reasoning.get())
                .putAll(message)
                .put("reasoning_content", reasoning.get())
                .build();
    }
}
