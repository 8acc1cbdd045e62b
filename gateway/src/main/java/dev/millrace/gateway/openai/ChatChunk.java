package dev.millrace.gateway.openai;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.millrace.contracts.v1.ChoiceFinished;
import dev.millrace.contracts.v1.GenerateEvent;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;

/** A piece of a chat's answer, as it is streamed. */
record ChatChunk(
        String id,
        String object,
        long created,
        String model,
        List<Choice> choices,
        @JsonInclude(JsonInclude.Include.NON_ABSENT) Optional<Usage> usage,
        @JsonInclude(JsonInclude.Include.NON_ABSENT) Optional<Timings> timings) {
    record Choice(int index, Delta delta, Optional<ChatLogprobs> logprobs, Optional<String> finishReason) {}

    /** What a choice grew by. */
    record Delta(
            @JsonInclude(JsonInclude.Include.NON_ABSENT) Optional<String> role,
            @JsonInclude(JsonInclude.Include.NON_ABSENT) Optional<String> content,
            @JsonInclude(JsonInclude.Include.NON_ABSENT) Optional<String> reasoningContent,
            @JsonInclude(JsonInclude.Include.NON_ABSENT) Optional<List<FileCitation>> annotations,
            @JsonInclude(JsonInclude.Include.NON_ABSENT) Optional<GroundingReport> grounding) {
        static final Delta ROLE = new Delta(Optional.of("assistant"), Optional.of(""));
        static final Delta NOTHING = new Delta(Optional.empty(), Optional.empty());

        private Delta(Optional<String> role, Optional<String> content) {
            this(role, content, Optional.empty(), Optional.empty(), Optional.empty());
        }

        static Delta reasoning(String text) {
            return new Delta(Optional.empty(), Optional.empty(), Optional.of(text), Optional.empty(), Optional.empty());
        }

        static Delta of(String text) {
            return new Delta(Optional.empty(), Optional.of(text));
        }

        static Delta of(List<FileCitation> annotations) {
            return new Delta(
                    Optional.empty(), Optional.empty(), Optional.empty(), Optional.of(annotations), Optional.empty());
        }

        static Delta of(GroundingReport grounding) {
            return new Delta(
                    Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.of(grounding));
        }
    }

    /** Turns the events of one chat into chunks: a role first, then text, then a reason; usage last, where asked for. */
    static final class Writer {
        private final Answer answer;
        private final boolean logprobs;
        private final boolean includeUsage;
        private final BitSet begun = new BitSet();

        Writer(Answer answer, boolean logprobs, boolean includeUsage) {
            this.answer = answer;
            this.logprobs = logprobs;
            this.includeUsage = includeUsage;
        }

        List<ChatChunk> write(GenerateEvent event) {
            return switch (event.getEventCase()) {
                case DELTA -> grow(event.getDelta());
                case CHOICE_FINISHED -> end(event.getChoiceFinished());
                case FINISHED -> includeUsage ? List.of(usage(event)) : List.of();
                case PROMPT, EVENT_NOT_SET -> List.of();
            };
        }

        private List<ChatChunk> grow(dev.millrace.contracts.v1.Delta delta) {
            List<ChatChunk> chunks = begin(delta.getIndex());
            boolean told = logprobs && delta.getLogprobsCount() > 0;
            if (!delta.getText().isEmpty() || told) {
                Optional<ChatLogprobs> tokens =
                        told ? Optional.of(ChatLogprobs.of(delta.getLogprobsList())) : Optional.empty();
                chunks.add(chunk(new Choice(delta.getIndex(), Delta.of(delta.getText()), tokens, Optional.empty())));
            }
            return chunks;
        }

        private List<ChatChunk> end(ChoiceFinished finished) {
            List<ChatChunk> chunks = begin(finished.getIndex());
            chunks.add(chunk(new Choice(
                    finished.getIndex(),
                    Delta.NOTHING,
                    Optional.empty(),
                    Optional.of(ChatCompletion.reason(finished.getReason())))));
            return chunks;
        }

        private List<ChatChunk> begin(int index) {
            List<ChatChunk> chunks = new ArrayList<>(2);
            if (!begun.get(index)) {
                begun.set(index);
                chunks.add(chunk(new Choice(index, Delta.ROLE, Optional.empty(), Optional.empty())));
            }
            return chunks;
        }

        private ChatChunk usage(GenerateEvent event) {
            Totals totals = new Totals();
            totals.add(event.getFinished());
            return chunk(List.of(), Optional.of(totals.usage()), Optional.of(totals.timings()));
        }

        private ChatChunk chunk(Choice choice) {
            return chunk(List.of(choice), Optional.empty(), Optional.empty());
        }

        private ChatChunk chunk(List<Choice> choices, Optional<Usage> usage, Optional<Timings> timings) {
            return new ChatChunk(
                    answer.id(), "chat.completion.chunk", answer.created(), answer.model(), choices, usage, timings);
        }
    }
}
