package dev.millrace.tokenizer.template;

import dev.millrace.tokenizer.template.Statement.Captured;
import dev.millrace.tokenizer.template.Statement.MacroCode;
import dev.millrace.tokenizer.template.Statement.Target;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Reads statements: turns a template's tokens into a tree. */
final class Parser {
    private static final Set<String> CONSTANTS = Set.of("true", "false", "none", "True", "False", "None");

    private final TokenStream tokens;
    private final ExpressionParser expressions;
    /** For each macro being read the names that its body reads; the innermost first. */
    private final Deque<Set<String>> namesOfMacros = new ArrayDeque<>();

    private int loops;

    private Parser(TokenStream tokens) {
        this.tokens = tokens;
        this.expressions = new ExpressionParser(tokens, name -> namesOfMacros.forEach(names -> names.add(name)));
    }

    static List<Statement> parse(String template) {
        Parser parser = new Parser(new TokenStream(Lexer.tokens(template)));
        return parser.statements(Set.of(), "the template");
    }

    /** Reads up to a tag that opens with one of the names, and leaves that name as the current token. */
    private List<Statement> statements(Set<String> ends, String opened) {
        int start = tokens.line();
        List<Statement> statements = new ArrayList<>();
        while (true) {
            Token token = tokens.next();
            switch (token.type()) {
                case DATA -> statements.add(new Statement.Data(Str.of(token.text())));
                case VARIABLE_BEGIN -> {
                    statements.add(new Statement.Print(List.of(expressions.tuple(true, false))));
                    tokens.expect(Token.Type.VARIABLE_END);
                }
                case BLOCK_BEGIN -> {
                    if (tokens.is(Token.Type.NAME)
                            && ends.contains(tokens.current().text())) {
                        return statements;
                    }
                    statements.add(statement());
                    tokens.expect(Token.Type.BLOCK_END);
                }
                default -> {
                    if (!ends.isEmpty()) {
                        throw TemplateException.syntax("'" + opened + "' isn't closed: the template ends first", start);
                    }
                    return statements;
                }
            }
        }
    }

    /** Reads a tag's body behind the rest of the tag; the tag that ends it remains, open behind its name. */
    private List<Statement> body(String opened, String... ends) {
        tokens.skipOperator(":");
        tokens.expect(Token.Type.BLOCK_END);
        return statements(Set.of(ends), opened);
    }

    /** The same where just one tag can end it, which is read too. */
    private List<Statement> wholeBody(String opened) {
        List<Statement> body = body(opened, "end" + opened);
        tokens.next();
        return body;
    }

    private Statement statement() {
        Token tag = tokens.expect(Token.Type.NAME);
        return switch (tag.text()) {
            case "if" -> conditional();
            case "for" -> loop(tag.line());
            case "set" -> set(tag.line());
            case "macro" -> macro(tag.line());
            case "call" -> call(tag.line());
            case "filter" ->
                new Statement.FilterBlock(
                        captured(expressions.filters(expressions.filter(text(tag.line()))), "filter"));
            case "with" -> with(tag.line());
            case "print" -> print();
            case "generation" -> new Statement.Generation(wholeBody("generation"));
            case "autoescape" -> autoescape();
            case "block" -> block();
            case "break", "continue" -> {
                if (loops == 0) {
                    throw TemplateException.syntax("'" + tag.text() + "' outside of a loop", tag.line());
                }
                yield tag.text().equals("break") ? Statement.Jump.BREAK : Statement.Jump.CONTINUE;
            }
            case "include", "import", "from", "extends" ->
                throw TemplateException.syntax(
                        "'" + tag.text() + "' needs other templates, and a model has only this one", tag.line());
            default -> throw TemplateException.syntax("unknown tag '" + tag.text() + "'", tag.line());
        };
    }

    private Statement conditional() {
        List<Statement.Branch> branches = new ArrayList<>();
        List<Statement> otherwise = List.of();
        while (true) {
            Expression condition = expressions.tuple(false, false);
            branches.add(new Statement.Branch(condition, body("if", "elif", "else", "endif")));
            String tag = tokens.next().text();
            if (tag.equals("elif")) {
                continue;
            }
            if (tag.equals("else")) {
                otherwise = wholeBody("if");
            }
            return new Statement.If(branches, otherwise);
        }
    }

    private Statement loop(int line) {
        loops++; // so that the target can't be named "loop" either
        Target target = target(false);
        loops--;
        tokens.expectName("in");
        Expression items = expressions.tuple(false, false);
        Optional<Expression> condition =
                tokens.skipName("if") ? Optional.of(expressions.expression()) : Optional.empty();
        boolean recursive = tokens.skipName("recursive");
        loops++;
        List<Statement> body = body("for", "else", "endfor");
        loops--;
        List<Statement> otherwise = tokens.next().text().equals("else") ? wholeBody("for") : List.of();
        return new Statement.For(target, items, condition, recursive, body, otherwise, line);
    }

    private Statement set(int line) {
        Target target = target(true);
        if (tokens.skipOperator("=")) {
            return new Statement.Set(target, expressions.tuple(true, false), line);
        }
        return new Statement.SetBlock(target, captured(expressions.filters(text(line)), "set"), line);
    }

    private static Expression text(int line) {
        return new Expression.Name(Captured.TEXT, line);
    }

    private Captured captured(Expression filtered, String tag) {
        return new Captured(wholeBody(tag), filtered);
    }

    private Statement macro(int line) {
        String name = tokens.expect(Token.Type.NAME).text();
        checkAssignable(name, line);
        return new Statement.MacroDefinition(name, macroCode("macro", true, line));
    }

    private Statement call(int line) {
        Set<String> names = new HashSet<>();
        List<Statement.Parameter> parameters = tokens.current().isOperator("(") ? parameters(names) : List.of();
        if (!(expressions.expression() instanceof Expression.Call call)) {
            throw TemplateException.syntax("'call' needs a call", line);
        }
        return new Statement.CallBlock(call, macroBody("call", parameters, names, line));
    }

    private MacroCode macroCode(String tag, boolean withParameters, int line) {
        Set<String> names = new HashSet<>();
        List<Statement.Parameter> parameters = withParameters ? parameters(names) : List.of();
        return macroBody(tag, parameters, names, line);
    }

    private MacroCode macroBody(String tag, List<Statement.Parameter> parameters, Set<String> names, int line) {
        int outerLoops = loops;
        loops = 0; // a macro's body can't leave a loop around the macro
        namesOfMacros.push(names);
        List<Statement> body = wholeBody(tag);
        namesOfMacros.pop();
        loops = outerLoops;
        return new MacroCode(
                parameters, names.contains("kwargs"), names.contains("varargs"), names.contains("caller"), body, line);
    }

    private List<Statement.Parameter> parameters(Set<String> names) {
        namesOfMacros.push(names);
        tokens.expectOperator("(");
        List<Statement.Parameter> parameters = new ArrayList<>();
        boolean fallbacks = false;
        while (!tokens.skipOperator(")")) {
            if (!parameters.isEmpty()) {
                tokens.expectOperator(",");
            }
            Token name = tokens.expect(Token.Type.NAME);
            checkAssignable(name.text(), name.line());
            Optional<Expression> fallback =
                    tokens.skipOperator("=") ? Optional.of(expressions.expression()) : Optional.empty();
            if (fallbacks && fallback.isEmpty()) {
                throw TemplateException.syntax("parameter '" + name.text() + "' needs a default too", name.line());
            }
            fallbacks = fallback.isPresent();
            parameters.add(new Statement.Parameter(name.text(), fallback));
        }
        namesOfMacros.pop();
        return parameters;
    }

    private Statement with(int line) {
        List<Target> targets = new ArrayList<>();
        List<Expression> values = new ArrayList<>();
        while (!tokens.is(Token.Type.BLOCK_END)) {
            if (!targets.isEmpty()) {
                tokens.expectOperator(",");
            }
            targets.add(target(false));
            tokens.expectOperator("=");
            values.add(expressions.expression());
        }
        return new Statement.With(targets, values, wholeBody("with"), line);
    }

    private Statement print() {
        List<Expression> values = new ArrayList<>();
        while (!tokens.is(Token.Type.BLOCK_END)) {
            if (!values.isEmpty()) {
                tokens.expectOperator(",");
            }
            values.add(expressions.expression());
        }
        return new Statement.Print(values);
    }

    private Statement autoescape() {
        Expression on = expressions.expression();
        if (!(on instanceof Expression.Constant constant) || Truth.of(constant.value())) {
            throw TemplateException.syntax("autoescape is for HTML: a chat template can only turn it off", on.line());
        }
        return new Statement.Scoped(wholeBody("autoescape"));
    }

    private Statement block() {
        String name = tokens.expect(Token.Type.NAME).text();
        tokens.skipName("scoped");
        tokens.skipName("required");
        List<Statement> body = wholeBody("block");
        tokens.skipName(name);
        return new Statement.Scoped(body);
    }

    private Target target(boolean namespaces) {
        List<Target> targets = new ArrayList<>();
        boolean several = false;
        while (true) {
            targets.add(singleTarget(namespaces));
            if (!tokens.skipOperator(",")) {
                break;
            }
            several = true;
            if (tokens.current().isName("in") || tokens.is(Token.Type.BLOCK_END)) {
                break;
            }
        }
        return several ? new Target.Several(targets) : targets.getFirst();
    }

    private Target singleTarget(boolean namespaces) {
        int line = tokens.line();
        if (tokens.skipOperator("(")) {
            Target inner = target(namespaces);
            tokens.expectOperator(")");
            return inner;
        }
        String name = tokens.expect(Token.Type.NAME).text();
        if (namespaces && tokens.skipOperator(".")) {
            return new Target.Member(name, tokens.expect(Token.Type.NAME).text());
        }
        checkAssignable(name, line);
        return new Target.Variable(name);
    }

    private void checkAssignable(String name, int line) {
        if (CONSTANTS.contains(name)) {
            throw TemplateException.syntax("can't assign to '" + name + "'", line);
        }
        if (loops > 0 && name.equals("loop")) {
            throw TemplateException.syntax("can't assign to 'loop' inside a loop", line);
        }
    }
}
