package dev.millrace.tokenizer.template;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Cuts a template into tokens, with {@code trim_blocks} and {@code lstrip_blocks} on as transformers has them: the line
 * break after a block tag and the indentation before one are dropped.
 */
final class Lexer {
    /** The longest first, so that {@code **} isn't read as two {@code *}. */
    private static final List<String> OPERATORS = List.of(
            "//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{", "}", ">", "<",
            "=", ".", ":", "|", ",", ";");

    private final String source;
    private final List<Token> tokens = new ArrayList<>();
    private int position;
    private int line = 1;
    /** Whether what comes next stands at the start of a line. */
    private boolean lineStarts = true;

    private Lexer(String source) {
        this.source = source;
    }

    static List<Token> tokens(String template) {
        String lines = template.replace("\r\n", "\n").replace('\r', '\n');
        Lexer lexer = new Lexer(lines.endsWith("\n") ? lines.substring(0, lines.length() - 1) : lines);
        lexer.run();
        return lexer.tokens;
    }

    private void run() {
        while (position < source.length()) {
            int tag = nextTag();
            if (tag < 0) {
                add(Token.Type.DATA, source.substring(position));
                position = source.length();
                break;
            }
            String before = source.substring(position, tag);
            char kind = source.charAt(tag + 1);
            int inside = tag + 2;
            char sign = inside < source.length() ? source.charAt(inside) : ' ';
            if (sign == '-' || sign == '+') {
                inside++;
            }
            data(before, sign, kind != '{');
            advance(inside);
            switch (kind) {
                case '{' -> code(Token.Type.VARIABLE_BEGIN, Token.Type.VARIABLE_END, "}}");
                case '#' -> comment();
                default -> {
                    if (!raw()) {
                        code(Token.Type.BLOCK_BEGIN, Token.Type.BLOCK_END, "%}");
                    }
                }
            }
        }
        add(Token.Type.END, "");
    }

    private int nextTag() {
        for (int brace = source.indexOf('{', position); brace >= 0; brace = source.indexOf('{', brace + 1)) {
            if (brace + 1 < source.length() && "{%#".indexOf(source.charAt(brace + 1)) >= 0) {
                return brace;
            }
        }
        return -1;
    }

    private void add(Token.Type type, String text) {
        tokens.add(new Token(type, text, line));
    }

    /** Moves on and counts the lines passed. */
    private void advance(int to) {
        for (int i = position; i < to; i++) {
            if (source.charAt(i) == '\n') {
                line++;
            }
        }
        if (to > position) {
            lineStarts = source.charAt(to - 1) == '\n';
        }
        position = to;
    }

    /** The text before a tag, without the white space that the tag's sign or its kind takes away. */
    private void data(String text, char sign, boolean block) {
        String kept = text;
        if (sign == '-') {
            kept = Python.stripEnd(text);
        } else if (sign != '+' && block) {
            int lastLine = text.lastIndexOf('\n') + 1;
            if ((lastLine > 0 || lineStarts) && text.substring(lastLine).chars().allMatch(Python::isSpace)) {
                kept = text.substring(0, lastLine);
            }
        }
        if (!kept.isEmpty()) {
            add(Token.Type.DATA, kept);
        }
    }

    /** Passes a tag's end at {@code at}: with a minus all white space after it, else for a block one line break. */
    private boolean passEnd(int at, String end) {
        if (source.startsWith("-" + end, at)) {
            int after = at + 1 + end.length();
            while (after < source.length() && Python.isSpace(source.charAt(after))) {
                after++;
            }
            advance(after);
            return true;
        }
        boolean variable = end.equals("}}");
        if (!variable && source.startsWith("+" + end, at)) {
            advance(at + 1 + end.length());
            return true;
        }
        if (source.startsWith(end, at)) {
            int after = at + end.length();
            advance(!variable && source.startsWith("\n", after) ? after + 1 : after);
            return true;
        }
        return false;
    }

    private void comment() {
        int start = line;
        int end = source.indexOf("#}", position);
        if (end < 0) {
            throw TemplateException.syntax("a comment isn't closed: '#}' is missing", start);
        }
        boolean signed = end > position && "+-".indexOf(source.charAt(end - 1)) >= 0;
        passEnd(signed ? end - 1 : end, "#}");
    }

    /** Reads {@code raw ... endraw} if that's what the tag is. */
    private boolean raw() {
        int opened = afterKeyword(position, "raw");
        if (opened < 0 || !(source.startsWith("%}", opened) || source.startsWith("-%}", opened))) {
            return false;
        }
        int start = line;
        if (source.startsWith("-", opened)) {
            passEnd(opened, "%}");
        } else {
            advance(opened + 2); // the line break after it stays, unlike after any other block tag
        }
        for (int tag = source.indexOf("{%", position); tag >= 0; tag = source.indexOf("{%", tag + 1)) {
            char sign = tag + 2 < source.length() ? source.charAt(tag + 2) : ' ';
            int end = afterKeyword(sign == '-' || sign == '+' ? tag + 3 : tag + 2, "endraw");
            if (end >= 0 && (source.startsWith("%}", end) || source.startsWith("%}", end + 1))) {
                data(source.substring(position, tag), sign, true);
                advance(tag);
                if (passEnd(end, "%}")) {
                    return true;
                }
            }
        }
        throw TemplateException.syntax("a raw block isn't closed: 'endraw' is missing", start);
    }

    /** Where the text goes on behind the keyword and the white space around it, or -1. */
    private int afterKeyword(int from, String keyword) {
        int start = skipSpace(from);
        return source.startsWith(keyword, start) ? skipSpace(start + keyword.length()) : -1;
    }

    private int skipSpace(int from) {
        int at = from;
        while (at < source.length() && Python.isSpace(source.charAt(at))) {
            at++;
        }
        return at;
    }

    /** Reads what stands between a tag's braces. */
    private void code(Token.Type begin, Token.Type last, String end) {
        add(begin, "");
        Deque<Character> open = new ArrayDeque<>();
        while (true) {
            advance(skipSpace(position));
            if (position >= source.length()) {
                throw TemplateException.syntax("a tag isn't closed: '" + end + "' is missing", line);
            }
            int before = line;
            if (open.isEmpty() && passEnd(position, end)) {
                tokens.add(new Token(last, "", before));
                return;
            }
            char next = source.charAt(position);
            if (next >= '0' && next <= '9') {
                number();
            } else if (Python.isWord(source.codePointAt(position))) {
                name();
            } else if (next == '\'' || next == '"') {
                string(next);
            } else {
                operator(open);
            }
        }
    }

    private void number() {
        int end = NumberLiteral.end(source, position);
        String digits = source.substring(position, end);
        add(NumberLiteral.isReal(digits) ? Token.Type.REAL : Token.Type.INTEGER, digits.replace("_", ""));
        advance(end);
    }

    private void name() {
        int end = position;
        while (end < source.length() && Python.isWord(source.codePointAt(end))) {
            end += Character.charCount(source.codePointAt(end));
        }
        add(Token.Type.NAME, source.substring(position, end));
        advance(end);
    }

    private void string(char quote) {
        int end = position + 1;
        while (end < source.length() && source.charAt(end) != quote) {
            end += source.charAt(end) == '\\' ? 2 : 1;
        }
        if (end >= source.length()) {
            throw TemplateException.syntax("a string isn't closed: " + quote + " is missing", line);
        }
        add(Token.Type.STRING, StringLiteral.meaning(source.substring(position + 1, end), line));
        advance(end + 1);
    }

    private void operator(Deque<Character> open) {
        String sign = OPERATORS.stream()
                .filter(candidate -> source.startsWith(candidate, position))
                .findFirst()
                .orElseThrow(() -> TemplateException.syntax(
                        "unexpected character '" + Character.toString(source.codePointAt(position)) + "'", line));
        switch (sign) {
            case "(" -> open.push(')');
            case "[" -> open.push(']');
            case "{" -> open.push('}');
            case ")", "]", "}" -> {
                if (open.isEmpty() || open.pop() != sign.charAt(0)) {
                    throw TemplateException.syntax("unexpected '" + sign + "'", line);
                }
            }
            default -> {}
        }
        add(Token.Type.OPERATOR, sign);
        advance(position + sign.length());
    }
}
