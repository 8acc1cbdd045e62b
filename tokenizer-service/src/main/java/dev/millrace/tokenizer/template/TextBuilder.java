package dev.millrace.tokenizer.template;

/** Builds a text and keeps count of which characters came from outside the template. */
final class TextBuilder {
    private final Budget budget;
    private final StringBuilder text = new StringBuilder();
    private final Spans.Builder foreign = new Spans.Builder();

    TextBuilder(Budget budget) {
        this.budget = budget;
    }

    /** Appends words of the template's own, or of the language's. */
    TextBuilder append(String own) {
        budget.take(own.length());
        text.append(own);
        return this;
    }

    TextBuilder append(Str other) {
        return append(other, 0, other.text().length());
    }

    TextBuilder append(Str other, int fromUnit, int toUnit) {
        budget.take(toUnit - fromUnit);
        if (!other.foreign().isEmpty()) {
            foreign.add(other.foreign(), fromUnit, toUnit, text.length());
        }
        text.append(other.text(), fromUnit, toUnit);
        return this;
    }

    /** Appends words that stand for those of {@code origin}, such as its escaped form. */
    TextBuilder append(String made, Str origin) {
        budget.take(made.length());
        if (!origin.foreign().isEmpty()) {
            foreign.add(text.length(), text.length() + made.length());
        }
        text.append(made);
        return this;
    }

    TextBuilder repeat(String own, long times) {
        if (times > 0) {
            budget.take(own.length() * times);
            text.repeat(own, Math.toIntExact(times));
        }
        return this;
    }

    int length() {
        return text.length();
    }

    Str build() {
        return Str.of(text.toString(), foreign.build());
    }
}
