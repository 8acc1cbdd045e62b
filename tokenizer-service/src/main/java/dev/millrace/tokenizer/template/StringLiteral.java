package dev.millrace.tokenizer.template;

/** Strings as a template writes them, with Python's escapes. */
final class StringLiteral {
    private final String source;
    private final int line;
    private final StringBuilder meaning = new StringBuilder();
    private int position;

    private StringLiteral(String source, int line) {
        this.source = source;
        this.line = line;
    }

    /** @param source what stands between the quotes */
    static String meaning(String source, int line) {
        if (source.indexOf('\\') < 0) {
            return source;
        }
        StringLiteral literal = new StringLiteral(source, line);
        while (literal.position < source.length()) {
            char next = source.charAt(literal.position++);
            if (next == '\\') {
                literal.escape();
            } else {
                literal.meaning.append(next);
            }
        }
        return literal.meaning.toString();
    }

    private void escape() {
        char kind = source.charAt(position++);
        switch (kind) {
            case '\n' -> {}
            case '\\', '\'', '"' -> meaning.append(kind);
            case 'a' -> meaning.append('\u0007');
            case 'b' -> meaning.append('\b');
            case 'f' -> meaning.append('\f');
            case 'n' -> meaning.append('\n');
            case 'r' -> meaning.append('\r');
            case 't' -> meaning.append('\t');
            case 'v' -> meaning.append('\u000b');
            case 'x' -> hexadecimal(kind, 2);
            case 'u' -> hexadecimal(kind, 4);
            case 'U' -> hexadecimal(kind, 8);
            case 'N' -> named();
            case '0', '1', '2', '3', '4', '5', '6', '7' -> octal(kind - '0');
            default -> meaning.append('\\').append(kind); // Python keeps escapes that it doesn't know
        }
    }

    private void hexadecimal(char kind, int digits) {
        int end = position + digits;
        int character = 0;
        for (; position < end; position++) {
            int digit = position < source.length() ? Character.digit(source.charAt(position), 16) : -1;
            if (digit < 0) {
                throw TemplateException.syntax("\\" + kind + " needs " + digits + " hexadecimal digits", line);
            }
            character = character << 4 | digit;
        }
        if (!Character.isValidCodePoint(character)) {
            throw TemplateException.syntax("there is no character " + Integer.toHexString(character), line);
        }
        meaning.appendCodePoint(character);
    }

    private void octal(int first) {
        int character = first;
        for (int more = 0; more < 2 && position < source.length(); more++) {
            int digit = Character.digit(source.charAt(position), 8);
            if (digit < 0) {
                break;
            }
            character = character * 8 + digit;
            position++;
        }
        meaning.appendCodePoint(character);
    }

    private void named() {
        int end = source.indexOf('}', position);
        if (!source.startsWith("{", position) || end < 0) {
            throw TemplateException.syntax("\\N needs a character's name in braces", line);
        }
        String name = source.substring(position + 1, end);
        try {
            meaning.appendCodePoint(Character.codePointOf(name));
        } catch (IllegalArgumentException e) {
            throw TemplateException.syntax("there is no character named " + name, line);
        }
        position = end + 1;
    }
}
