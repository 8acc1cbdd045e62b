package dev.millrace.standalone.soak;

import dev.millrace.inference.engine.Event;
import dev.millrace.inference.engine.FinishReason;
import dev.millrace.inference.sample.TokenLogprob;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What must not depend on what else ran: ids, text and the bits of every number.
 *
 * @param choices by index
 * @param vectors of embedded inputs, by index
 */
record Answer(Map<Integer, Text> choices, List<TokenLogprob> promptLogprobs, Map<Integer, List<Float>> vectors) {
    /** One choice. */
    record Text(String text, List<Integer> ids, List<TokenLogprob> logprobs, Optional<FinishReason> reason) {}

    /** Puts an answer together from events in their order. */
    static final class Builder {
        private final Map<Integer, Text> choices = new TreeMap<>();
        private final List<TokenLogprob> promptLogprobs = new ArrayList<>();
        private final Map<Integer, List<Float>> vectors = new TreeMap<>();

        void add(Event event) {
            switch (event) {
                case Event.Delta delta ->
                    choices.merge(
                            delta.choice(),
                            new Text(delta.text(), delta.ids(), delta.logprobs(), Optional.empty()),
                            Builder::joined);
                case Event.ChoiceFinished(int choice, FinishReason reason) ->
                    choices.merge(choice, new Text("", List.of(), List.of(), Optional.of(reason)), Builder::joined);
                case Event.PromptScored(List<TokenLogprob> logprobs) -> promptLogprobs.addAll(logprobs);
                case Event.Embedded(int input, float[] values) -> {
                    Float[] boxed = new Float[values.length];
                    Arrays.setAll(boxed, i -> values[i]);
                    vectors.put(input, List.of(boxed));
                }
                case Event.Finished finished -> {}
                case Event.Failed failed -> {}
            }
        }

        Answer answer() {
            return new Answer(choices, promptLogprobs, vectors);
        }

        private static Text joined(Text text, Text more) {
            return new Text(
                    text.text() + more.text(),
                    joined(text.ids(), more.ids()),
                    joined(text.logprobs(), more.logprobs()),
                    more.reason());
        }

        private static <T> List<T> joined(List<T> list, List<T> more) {
            List<T> all = new ArrayList<>(list);
            all.addAll(more);
            return all;
        }
    }
}
