package dev.millrace.tokenizer.template;

/**
 * A text. Python counts characters where Java counts UTF-16 units: {@link #length}, {@link #at} and {@link #unit} speak
 * of characters (code points), {@link #slice} and {@link #foreign} of units.
 *
 * <p>Two texts are equal when their characters are, wherever these came from.
 */
public final class Str implements Value {
    static final Str EMPTY = of("");

    private final String text;
    private final Spans foreign;

    private Str(String text, Spans foreign) {
        this.text = text;
        this.foreign = foreign;
    }

    /** A text of the template's own. */
    public static Str of(String text) {
        return new Str(text, Spans.NONE);
    }

    /** A text from outside, such as what a user typed. */
    public static Str foreign(String text) {
        return new Str(text, Spans.of(0, text.length()));
    }

    static Str of(String text, Spans foreign) {
        return new Str(text, foreign);
    }

    public String text() {
        return text;
    }

    /** Which characters came from outside the template. */
    public Spans foreign() {
        return foreign;
    }

    /** Another text made of this one in a way that doesn't say which character became which. */
    Str remade(String other) {
        if (foreign.isEmpty()) {
            return of(other);
        }
        return other.length() == text.length() ? of(other, foreign) : foreign(other);
    }

    Str slice(int fromUnit, int toUnit) {
        if (fromUnit == 0 && toUnit == text.length()) {
            return this;
        }
        return new Str(text.substring(fromUnit, toUnit), foreign.slice(fromUnit, toUnit));
    }

    int length() {
        return text.codePointCount(0, text.length());
    }

    /** Where the character with this number starts, in units. */
    int unit(int character) {
        return text.offsetByCodePoints(0, character);
    }

    Str at(int character) {
        int start = unit(character);
        return slice(start, start + Character.charCount(text.codePointAt(start)));
    }

    boolean isEmpty() {
        return text.isEmpty();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Str that && text.equals(that.text);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    @Override
    public String toString() {
        return text;
    }
}
