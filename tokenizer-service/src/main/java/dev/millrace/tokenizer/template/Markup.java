package dev.millrace.tokenizer.template;

/**
 * HTML escaping. Chat templates are no HTML, but {@code safe} and {@code escape} still make a text that escapes whatever
 * is added to it.
 */
final class Markup {
    private Markup() {}

    /** The filter {@code escape}: leaves alone what is markup already. */
    static Str escape(Str value, Budget budget) {
        return value.isMarkup() ? value : forceEscape(value, budget);
    }

    static Str forceEscape(Str value, Budget budget) {
        TextBuilder escaped = new TextBuilder(budget);
        String text = value.text();
        int plain = 0;
        for (int i = 0; i < text.length(); i++) {
            String entity = entity(text.charAt(i));
            if (!entity.isEmpty()) {
                escaped.append(value, plain, i).append(entity, value);
                plain = i + 1;
            }
        }
        return escaped.append(value, plain, text.length()).build().asMarkup(true);
    }

    private static String entity(char unit) {
        return switch (unit) {
            case '&' -> "&amp;";
            case '<' -> "&lt;";
            case '>' -> "&gt;";
            case '\'' -> "&#39;";
            case '"' -> "&#34;";
            default -> "";
        };
    }

    /** {@code left + right}: if one is markup the other is escaped. */
    static Str plus(Str left, Str right, Budget budget) {
        boolean markup = left.isMarkup() || right.isMarkup();
        return new TextBuilder(budget)
                .append(markup ? escape(left, budget) : left)
                .append(markup ? escape(right, budget) : right)
                .build()
                .asMarkup(markup);
    }

    /** What comes to stand in {@code frame}, escaped if that is markup. */
    static Str within(Str frame, Str inserted, Budget budget) {
        return frame.isMarkup() ? escape(inserted, budget) : inserted;
    }
}
