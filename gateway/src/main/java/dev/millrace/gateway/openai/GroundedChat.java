package dev.millrace.gateway.openai;

import dev.millrace.contracts.v1.FinishReason;
import dev.millrace.gateway.grounded.Citation;
import dev.millrace.gateway.grounded.GroundedEvent;
import dev.millrace.gateway.grounded.Grounding;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** An answer from documents in the shapes of a chat: in one piece, or as chunks. */
final class GroundedChat {
    private final Answer answer;
    private final boolean includeUsage;
    private final StringBuilder reasoning = new StringBuilder();
    private final StringBuilder text = new StringBuilder();
    private final List<FileCitation> annotations = new ArrayList<>();
    private final Totals totals = new Totals();
    private Optional<Grounding> grounding = Optional.empty();
    private FinishReason reason = FinishReason.FINISH_REASON_UNSPECIFIED;

    GroundedChat(Answer answer, boolean includeUsage) {
        this.answer = answer;
        this.includeUsage = includeUsage;
    }

    /** Takes note of an event; what it adds to the annotations. */
    List<FileCitation> add(GroundedEvent event) {
        return switch (event) {
            case GroundedEvent.Found _ -> List.of();
            case GroundedEvent.Reasoned(String more) -> {
                reasoning.append(more);
                yield List.of();
            }
            case GroundedEvent.Text(String more) -> {
                text.append(more);
                yield List.of();
            }
            case GroundedEvent.Judged judged -> cite(judged.citations());
            case GroundedEvent.Ended ended -> {
                grounding = Optional.of(ended.grounding());
                reason = ended.reason();
                totals.add(ended.finished());
                yield List.of();
            }
        };
    }

    private List<FileCitation> cite(List<Citation> citations) {
        List<FileCitation> added = citations.stream()
                .map(FileCitation::of)
                .filter(citation -> !annotations.contains(citation))
                .toList();
        annotations.addAll(added);
        return added;
    }

    /** The chunks of an event: a role first, text and annotations as they come, what was checked before the reason. */
    List<ChatChunk> chunks(GroundedEvent event) {
        List<FileCitation> cited = add(event);
        return switch (event) {
            case GroundedEvent.Found _ -> List.of(chunk(ChatChunk.Delta.ROLE, Optional.empty()));
            case GroundedEvent.Reasoned(String more) ->
                List.of(chunk(ChatChunk.Delta.reasoning(more), Optional.empty()));
            case GroundedEvent.Text(String more) -> List.of(chunk(ChatChunk.Delta.of(more), Optional.empty()));
            case GroundedEvent.Judged _ ->
                cited.isEmpty() ? List.of() : List.of(chunk(ChatChunk.Delta.of(cited), Optional.empty()));
            case GroundedEvent.Ended ended -> last(ended);
        };
    }

    private List<ChatChunk> last(GroundedEvent.Ended ended) {
        List<ChatChunk> chunks = new ArrayList<>();
        chunks.add(chunk(ChatChunk.Delta.of(GroundingReport.of(ended.grounding())), Optional.empty()));
        chunks.add(chunk(ChatChunk.Delta.NOTHING, Optional.of(ChatCompletion.reason(ended.reason()))));
        if (includeUsage) {
            chunks.add(chunk(List.of(), Optional.of(totals.usage()), Optional.of(totals.timings())));
        }
        return chunks;
    }

    private ChatChunk chunk(ChatChunk.Delta delta, Optional<String> finishReason) {
        return chunk(
                List.of(new ChatChunk.Choice(0, delta, Optional.empty(), finishReason)),
                Optional.empty(),
                Optional.empty());
    }

    private ChatChunk chunk(List<ChatChunk.Choice> choices, Optional<Usage> usage, Optional<Timings> timings) {
        return new ChatChunk(
                answer.id(), "chat.completion.chunk", answer.created(), answer.model(), choices, usage, timings);
    }

    /** The whole answer, once the last event has been added. */
    ChatCompletion completion() {
        ChatCompletion.Message message = new ChatCompletion.Message(
                "assistant",
                text.toString(),
                Optional.of(reasoning.toString()).filter(told -> !told.isEmpty()),
                Optional.empty(),
                Optional.of(List.copyOf(annotations)),
                grounding.map(GroundingReport::of));
        return new ChatCompletion(
                answer.id(),
                "chat.completion",
                answer.created(),
                answer.model(),
                List.of(new ChatCompletion.Choice(0, message, Optional.empty(), ChatCompletion.reason(reason))),
                totals.usage(),
                totals.timings());
    }
}
