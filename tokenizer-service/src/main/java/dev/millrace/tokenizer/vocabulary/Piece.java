package dev.millrace.tokenizer.vocabulary;

/** A part of a text that is about to be encoded. */
public sealed interface Piece {
    /** Text that becomes ordinary tokens, whatever it looks like. */
    record Text(String text) implements Piece {}

    /** One token that was found by its name. */
    record Token(int id) implements Piece {}
}
