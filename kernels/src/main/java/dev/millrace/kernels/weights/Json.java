package dev.millrace.kernels.weights;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A strict reader of JSON (RFC 8259) for the headers of safetensors files. Numbers other than integers that fit a long
 * are refused: no header holds any.
 */
final class Json {
    /** A header nests three deep; a hostile one must not exhaust the stack. */
    private static final int MAX_DEPTH = 32;

    /** What JSON can say. */
    sealed interface Value {
        record Members(Map<String, Value> members) implements Value {}

        record Elements(List<Value> elements) implements Value {}

        record Text(String value) implements Value {}

        record Int(long value) implements Value {}

        /** true, false or null. */
        record Word(String value) implements Value {}
    }

    /** Text that is not such JSON. The message says where and what was expected. */
    static final class SyntaxException extends Exception {
        private static final long serialVersionUID = 1;

        private final String problem;

        SyntaxException(String problem) {
            super(problem);
            this.problem = problem;
        }

        String problem() {
            return problem;
        }
    }

    private final String text;
    private int position;

    private Json(String text) {
        this.text = text;
    }

    static Value parse(String text) throws SyntaxException {
        Json json = new Json(text);
        Value value = json.value(0);
        json.skipSpace();
        if (json.position < text.length()) {
            throw json.unexpected("the end");
        }
        return value;
    }

    private Value value(int depth) throws SyntaxException {
        if (depth > MAX_DEPTH) {
            throw new SyntaxException("nests deeper than " + MAX_DEPTH + " at character " + position);
        }
        skipSpace();
        char c = peek();
        return switch (c) {
            case '{' -> object(depth);
            case '[' -> array(depth);
            case '"' -> new Value.Text(string());
            case 't' -> word("true");
            case 'f' -> word("false");
            case 'n' -> word("null");
            default -> integer();
        };
    }

    private Value object(int depth) throws SyntaxException {
        Map<String, Value> members = new LinkedHashMap<>();
        expect('{');
        skipSpace();
        if (peek() == '}') {
            position++;
            return new Value.Members(members);
        }
        while (true) {
            skipSpace();
            String name = string();
            skipSpace();
            expect(':');
            if (members.put(name, value(depth + 1)) != null) {
                throw new SyntaxException("\"" + name + "\" is there twice, expected once");
            }
            skipSpace();
            if (peek() == '}') {
                position++;
                return new Value.Members(members);
            }
            expect(',');
        }
    }

    private Value array(int depth) throws SyntaxException {
        List<Value> elements = new ArrayList<>();
        expect('[');
        skipSpace();
        if (peek() == ']') {
            position++;
            return new Value.Elements(elements);
        }
        while (true) {
            elements.add(value(depth + 1));
            skipSpace();
            if (peek() == ']') {
                position++;
                return new Value.Elements(elements);
            }
            expect(',');
        }
    }

    private String string() throws SyntaxException {
        expect('"');
        StringBuilder result = new StringBuilder();
        while (true) {
            char c = peek();
            position++;
            if (c == '"') {
                return result.toString();
            } else if (c == '\\') {
                result.append(escaped());
            } else if (c < ' ') {
                position--;
                throw unexpected("a character of a string");
            } else {
                result.append(c);
            }
        }
    }

    private char escaped() throws SyntaxException {
        char c = peek();
        position++;
        return switch (c) {
            case '"', '\\', '/' -> c;
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'u' -> {
                int code = 0;
                for (int i = 0; i < 4; i++) {
                    int digit = Character.digit(peek(), 16);
                    if (digit < 0) {
                        throw unexpected("a hexadecimal digit");
                    }
                    code = code << 4 | digit;
                    position++;
                }
                yield (char) code;
            }
            default -> {
                position--;
                throw unexpected("an escaped character");
            }
        };
    }

    private Value integer() throws SyntaxException {
        int start = position;
        if (peek() == '-') {
            position++;
        }
        while (position < text.length() && text.charAt(position) >= '0' && text.charAt(position) <= '9') {
            position++;
        }
        try {
            return new Value.Int(Long.parseLong(text.substring(start, position)));
        } catch (NumberFormatException _) {
            position = start;
            throw unexpected("a value (numbers: integers up to 2^63 - 1)");
        }
    }

    private Value word(String word) throws SyntaxException {
        if (!text.startsWith(word, position)) {
            throw unexpected(word);
        }
        position += word.length();
        return new Value.Word(word);
    }

    private void expect(char expected) throws SyntaxException {
        if (peek() != expected) {
            throw unexpected("'" + expected + "'");
        }
        position++;
    }

    private char peek() throws SyntaxException {
        if (position >= text.length()) {
            throw new SyntaxException("ends after " + text.length() + " characters in the middle of a value");
        }
        return text.charAt(position);
    }

    private void skipSpace() {
        while (position < text.length() && " \t\n\r".indexOf(text.charAt(position)) >= 0) {
            position++;
        }
    }

    private SyntaxException unexpected(String expected) {
        String found = position < text.length() ? "'" + text.charAt(position) + "'" : "the end";
        return new SyntaxException("has " + found + " at character " + position + ", expected " + expected);
    }
}
