package dev.millrace.standalone.soak;

/** What became of an accepted request, as its client saw it. */
sealed interface Outcome {
    record Answered(Answer answer) implements Outcome {}

    /** The client cancelled it. */
    record Left() implements Outcome {}

    /** The engine ended it because its client did not read. */
    record ThrownOut() implements Outcome {}

    /** It failed, or nothing came any more. */
    record Lost(String why) implements Outcome {}
}
