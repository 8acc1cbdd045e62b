package dev.millrace.tokenizer.template;

import java.math.BigInteger;

/** Counts what a rendering uses, and stops it at its limits. Used by one thread. */
final class Budget {
    /** Far beyond any honest integer; multiplying and printing such ones is quadratic. */
    private static final int INTEGER_BITS = 100_000;

    private static final int MAX_PIECES = 1_000_000;
    private static final int ITEM_WEIGHT = 8;

    private final Limits limits;
    private long steps;
    private long characters;
    private int depth;

    Budget(Limits limits) {
        this.limits = limits;
    }

    void step() {
        if (++steps > limits.steps()) {
            throw TemplateException.limit("the template takes more than " + limits.steps() + " steps");
        }
    }

    /** To be called before so many characters or list items are made. */
    void take(long count) {
        characters += Math.max(0, count);
        if (characters > limits.characters() || count > limits.characters()) {
            throw TemplateException.limit("the template makes more than " + limits.characters() + " characters");
        }
    }

    /** The same for list items, each of which weighs as much as some characters. */
    void takeItems(long count) {
        take(count > limits.characters() ? count : ITEM_WEIGHT * count);
    }

    /** Refuses to take a text apart into more pieces than any honest template does. */
    static void checkPieces(int count) {
        if (count > MAX_PIECES) {
            throw TemplateException.limit("a text in more than " + MAX_PIECES + " pieces");
        }
    }

    /** Charges for a value that a filter or method has made. */
    <V extends Value> V charge(V made) {
        switch (made) {
            case Str text -> take(text.text().length());
            case Value.ListOf list -> takeItems(list.items().size());
            default -> {}
        }
        return made;
    }

    void enter() {
        if (++depth > limits.depth()) {
            throw TemplateException.limit("the template calls more than " + limits.depth() + " levels deep");
        }
    }

    void leave() {
        depth--;
    }

    BigInteger check(BigInteger number) {
        bits(number.bitLength());
        return number;
    }

    void bits(long count) {
        if (count > INTEGER_BITS) {
            throw TemplateException.limit("an integer of more than " + INTEGER_BITS + " bits");
        }
    }
}
