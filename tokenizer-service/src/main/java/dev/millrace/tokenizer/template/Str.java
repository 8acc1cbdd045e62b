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
    private final boolean markup;

    private Str(String text, Spans foreign, boolean markup) {
        this.text = text;
        this.foreign = foreign;
        this.markup = markup;
    }

    /** A text of the template's own. */
    public static Str of(String text) {
        return new Str(text, Spans.NONE, false);
    }

    /** A text from outside, such as what a user typed. */
    public static Str foreign(String text) {
        return new Str(text, Spans.of(0, text.length()), false);
    }

    static Str of(String text, Spans foreign) {
        return new Str(text, foreign, false);
    }

    public String text() {
        return text;
    }

    /** Which characters came from outside the template. */
    public Spans foreign() {
        return foreign;
    }

    /** This text and another behind it. */
    public Str plus(Str other) {
        Spans.Builder spans = new Spans.Builder();
        spans.add(foreign, 0, text.length(), 0);
        spans.add(other.foreign, 0, other.text.length(), text.length());
        return new Str(text + other.text, spans.build(), false);
    }

    /** Whether the text counts as HTML that needs no escaping: what is added to it will be escaped. */
    boolean isMarkup() {
        return markup;
    }

    Str asMarkup(boolean markup) {
        return this.markup == markup ? this : new Str(text, foreign, markup);
    }

    /** Another text made of this one in a way that doesn't say which character became which. */
    Str remade(String other) {
        boolean aligned = foreign.isEmpty() || other.length() == text.length();
        return new Str(other, aligned ? foreign : Spans.of(0, other.length()), markup);
    }

    /** The part from one unit up to, and without, another. */
    public Str slice(int fromUnit, int toUnit) {
        if (fromUnit == 0 && toUnit == text.length()) {
            return this;
        }
        return new Str(text.substring(fromUnit, toUnit), foreign.slice(fromUnit, toUnit), markup);
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
