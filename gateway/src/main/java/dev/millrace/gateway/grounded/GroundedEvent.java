package dev.millrace.gateway.grounded;

import dev.millrace.contracts.v1.FinishReason;
import dev.millrace.contracts.v1.GenerationFinished;
import dev.millrace.contracts.v1.Passage;
import java.util.List;

/** A step of an answer from documents: first what was found, then text and what stands behind it, then the end. */
public sealed interface GroundedEvent {
    /**
     * The request is let in, and documents were searched.
     *
     * @param queries what was looked for
     * @param passages best first; none where the documents have nothing to say
     */
    record Found(List<String> queries, List<Passage> passages) implements GroundedEvent {}

    /** What the model reasons before it answers grew by this: no part of the answer, and not checked. */
    record Reasoned(String text) implements GroundedEvent {}

    /** The answer grew by this. */
    record Text(String text) implements GroundedEvent {}

    /** What stands behind a sentence whose text has been told. */
    record Judged(Grounding.Sentence sentence, List<Citation> citations) implements GroundedEvent {}

    /**
     * The last event.
     *
     * @param finished what it took; nothing where no text was generated
     */
    record Ended(Grounding grounding, FinishReason reason, GenerationFinished finished) implements GroundedEvent {}
}
