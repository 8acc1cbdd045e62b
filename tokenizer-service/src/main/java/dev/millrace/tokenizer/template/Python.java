package dev.millrace.tokenizer.template;

/** What Python says of single characters, where Java says something else. */
final class Python {
    private Python() {}

    /** Python's {@code str.isspace} and the {@code \s} of its regular expressions. */
    static boolean isSpace(int character) {
        return switch (character) {
            case ' ', '\t', '\n', 0x0b, '\f', '\r', 0x1c, 0x1d, 0x1e, 0x1f, 0x85, 0xa0, 0x1680 -> true;
            case 0x2028, 0x2029, 0x202f, 0x205f, 0x3000 -> true;
            default -> character >= 0x2000 && character <= 0x200a;
        };
    }

    /** Where {@code str.splitlines} splits; a carriage return with a line feed counts as one. */
    static boolean endsLine(int character) {
        return switch (character) {
            case '\n', 0x0b, '\f', '\r', 0x1c, 0x1d, 0x1e, 0x85, 0x2028, 0x2029 -> true;
            default -> false;
        };
    }

    /** Whether {@code repr} prints the character as it is. */
    static boolean isPrintable(int character) {
        if (character == ' ') {
            return true;
        }
        return switch ((byte) Character.getType(character)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SPACE_SEPARATOR -> false;
            default -> true;
        };
    }

    static boolean isWord(int character) {
        return character == '_' || Character.isLetterOrDigit(character);
    }

    /** The text without white space at its end. */
    static String stripEnd(String text) {
        int end = text.length();
        while (end > 0 && isSpace(text.charAt(end - 1))) {
            end--;
        }
        return text.substring(0, end);
    }
}
