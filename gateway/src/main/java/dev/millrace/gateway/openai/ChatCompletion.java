package dev.millrace.gateway.openai;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.millrace.contracts.v1.ChoiceFinished;
import dev.millrace.contracts.v1.Delta;
import dev.millrace.contracts.v1.FinishReason;
import dev.millrace.contracts.v1.GenerateEvent;
import dev.millrace.contracts.v1.TokenLogprob;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The answer to a chat, in one piece. */
record ChatCompletion(
        String id, String object, long created, String model, List<Choice> choices, Usage usage, Timings timings) {
    record Choice(int index, Message message, Optional<ChatLogprobs> logprobs, String finishReason) {}

    /**
     * @param reasoningContent what the model reasoned before it answered, where it was asked to
     * @param annotations of an answer from documents; so is {@code grounding}, which is an extension of ours
     */
    record Message(
            String role,
            String content,
            @JsonInclude(JsonInclude.Include.NON_ABSENT) Optional<String> reasoningContent,
            Optional<String> refusal,
            @JsonInclude(JsonInclude.Include.NON_ABSENT) Optional<List<FileCitation>> annotations,
            @JsonInclude(JsonInclude.Include.NON_ABSENT) Optional<GroundingReport> grounding) {
        Message(String content) {
            this("assistant", content, Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
        }
    }

    /** OpenAI's word for why a choice ended. */
    static String reason(FinishReason reason) {
        return switch (reason) {
            case FINISH_REASON_LENGTH -> "length";
            case FINISH_REASON_STOP, FINISH_REASON_CANCELLED, FINISH_REASON_UNSPECIFIED, UNRECOGNIZED -> "stop";
        };
    }

    /** Gathers the events of a chat. */
    static final class Collector {
        private final List<Growing> choices;
        private final Totals totals = new Totals();

        Collector(int choices) {
            this.choices = Stream.generate(Growing::new).limit(choices).toList();
        }

        void add(GenerateEvent event) {
            switch (event.getEventCase()) {
                case DELTA -> choices.get(event.getDelta().getIndex()).add(event.getDelta());
                case CHOICE_FINISHED ->
                    choices.get(event.getChoiceFinished().getIndex()).end(event.getChoiceFinished());
                case FINISHED -> totals.add(event.getFinished());
                case PROMPT, EVENT_NOT_SET -> {}
            }
        }

        ChatCompletion answer(Answer answer, boolean logprobs) {
            List<Choice> done = new ArrayList<>();
            for (int i = 0; i < choices.size(); i++) {
                Growing choice = choices.get(i);
                done.add(new Choice(
                        i,
                        new Message(choice.text.toString()),
                        logprobs ? Optional.of(ChatLogprobs.of(choice.logprobs)) : Optional.empty(),
                        reason(choice.reason)));
            }
            return new ChatCompletion(
                    answer.id(),
                    "chat.completion",
                    answer.created(),
                    answer.model(),
                    done,
                    totals.usage(),
                    totals.timings());
        }
    }

    private static final class Growing {
        private final StringBuilder text = new StringBuilder();
        private final List<TokenLogprob> logprobs = new ArrayList<>();
        private FinishReason reason = FinishReason.FINISH_REASON_UNSPECIFIED;

        void add(Delta delta) {
            text.append(delta.getText());
            logprobs.addAll(delta.getLogprobsList());
        }

        void end(ChoiceFinished finished) {
            reason = finished.getReason();
        }
    }
}
