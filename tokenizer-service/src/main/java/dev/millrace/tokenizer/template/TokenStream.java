package dev.millrace.tokenizer.template;

import java.util.List;

/** The tokens of a template, one after the other. */
final class TokenStream {
    private final List<Token> tokens;
    private int position;

    TokenStream(List<Token> tokens) {
        this.tokens = tokens;
    }

    Token current() {
        return tokens.get(position);
    }

    Token following() {
        return tokens.get(Math.min(position + 1, tokens.size() - 1));
    }

    int line() {
        return current().line();
    }

    Token next() {
        Token token = current();
        if (position < tokens.size() - 1) {
            position++;
        }
        return token;
    }

    boolean is(Token.Type type) {
        return current().type() == type;
    }

    boolean skipName(String name) {
        boolean here = current().isName(name);
        if (here) {
            next();
        }
        return here;
    }

    boolean skipOperator(String sign) {
        boolean here = current().isOperator(sign);
        if (here) {
            next();
        }
        return here;
    }

    Token expect(Token.Type type) {
        if (!is(type)) {
            throw unexpected(type.description());
        }
        return next();
    }

    void expectName(String name) {
        if (!skipName(name)) {
            throw unexpected("'" + name + "'");
        }
    }

    void expectOperator(String sign) {
        if (!skipOperator(sign)) {
            throw unexpected("'" + sign + "'");
        }
    }

    TemplateException unexpected(String expected) {
        return TemplateException.syntax(
                "expected " + expected + ", found " + current().description(), line());
    }
}
