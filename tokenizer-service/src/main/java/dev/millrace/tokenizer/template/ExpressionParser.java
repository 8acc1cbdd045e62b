package dev.millrace.tokenizer.template;

import dev.millrace.tokenizer.template.Expression.CallArguments;
import dev.millrace.tokenizer.template.Expression.Constant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/** Reads expressions: one method for each level of precedence, the loosest first. */
final class ExpressionParser {
    private static final Set<String> ENDS_TEST = Set.of("else", "or", "and");

    private final TokenStream tokens;
    private final Consumer<String> nameRead;

    /** @param nameRead is told each name that an expression reads */
    ExpressionParser(TokenStream tokens, Consumer<String> nameRead) {
        this.tokens = tokens;
        this.nameRead = nameRead;
    }

    Expression expression() {
        int line = tokens.line();
        Expression value = withoutCondition();
        while (tokens.skipName("if")) {
            Expression condition = withoutCondition();
            Optional<Expression> otherwise = tokens.skipName("else") ? Optional.of(expression()) : Optional.empty();
            value = new Expression.Conditional(condition, value, otherwise, line);
            line = tokens.line();
        }
        return value;
    }

    /** An expression that isn't {@code a if b else c}: in a {@code for}, the {@code if} belongs to the loop. */
    Expression withoutCondition() {
        int line = tokens.line();
        Expression left = and();
        while (tokens.skipName("or")) {
            left = new Expression.Or(left, and(), line);
        }
        return left;
    }

    /** One expression, or several with commas between them, which make a tuple. */
    Expression tuple(boolean withCondition, boolean inParentheses) {
        int line = tokens.line();
        List<Expression> items = new ArrayList<>();
        boolean several = false;
        while (!endsTuple()) {
            items.add(withCondition ? expression() : withoutCondition());
            if (!tokens.skipOperator(",")) {
                break;
            }
            several = true;
        }
        if (!several && items.size() == 1) {
            return items.getFirst();
        }
        if (items.isEmpty() && !inParentheses) {
            throw tokens.unexpected("an expression");
        }
        return new Expression.TupleLiteral(items, line);
    }

    private boolean endsTuple() {
        Token token = tokens.current();
        return token.type() == Token.Type.VARIABLE_END || token.type() == Token.Type.BLOCK_END || token.isOperator(")");
    }

    private Expression and() {
        int line = tokens.line();
        Expression left = not();
        while (tokens.skipName("and")) {
            left = new Expression.And(left, not(), line);
        }
        return left;
    }

    private Expression not() {
        int line = tokens.line();
        return tokens.skipName("not") ? new Expression.Not(not(), line) : comparison();
    }

    private Expression comparison() {
        int line = tokens.line();
        Expression first = sum();
        List<Expression.Link> links = new ArrayList<>();
        while (true) {
            Token token = tokens.current();
            Comparison.Operator operator = OperatorSigns.COMPARISONS.get(operatorSign());
            if (operator != null) {
                tokens.next();
                links.add(new Expression.Link(operator, sum()));
            } else if (tokens.skipName("in")) {
                links.add(new Expression.Link(Comparison.Operator.IN, sum()));
            } else if (token.isName("not") && tokens.following().isName("in")) {
                tokens.next();
                tokens.next();
                links.add(new Expression.Link(Comparison.Operator.NOT_IN, sum()));
            } else {
                return links.isEmpty() ? first : new Expression.Chain(first, links, line);
            }
        }
    }

    /** The current token's sign, or nothing where it is no operator. */
    private String operatorSign() {
        return tokens.is(Token.Type.OPERATOR) ? tokens.current().text() : "";
    }

    private Expression sum() {
        int line = tokens.line();
        Expression left = concatenation();
        while (true) {
            Arithmetic.Operator operator = OperatorSigns.SUMS.get(operatorSign());
            if (operator == null) {
                return left;
            }
            tokens.next();
            left = new Expression.Binary(operator, left, concatenation(), line);
        }
    }

    private Expression concatenation() {
        int line = tokens.line();
        Expression first = product();
        if (!tokens.current().isOperator("~")) {
            return first;
        }
        List<Expression> parts = new ArrayList<>(List.of(first));
        while (tokens.skipOperator("~")) {
            parts.add(product());
        }
        return new Expression.Concatenation(parts, line);
    }

    private Expression product() {
        int line = tokens.line();
        Expression left = power();
        while (true) {
            Arithmetic.Operator operator = OperatorSigns.PRODUCTS.get(operatorSign());
            if (operator == null) {
                return left;
            }
            tokens.next();
            left = new Expression.Binary(operator, left, power(), line);
        }
    }

    /** Jinja's powers group from the left, unlike Python's. */
    private Expression power() {
        int line = tokens.line();
        Expression left = unary(true);
        while (tokens.skipOperator("**")) {
            left = new Expression.Binary(Arithmetic.Operator.POWER, left, unary(true), line);
        }
        return left;
    }

    private Expression unary(boolean withFilters) {
        int line = tokens.line();
        Expression value;
        if (tokens.skipOperator("-")) {
            value = new Expression.Sign(true, unary(false), line);
        } else if (tokens.skipOperator("+")) {
            value = new Expression.Sign(false, unary(false), line);
        } else {
            value = primary();
        }
        value = postfix(value);
        return withFilters ? filtersAndTests(value) : value;
    }

    Expression primary() {
        Token token = tokens.current();
        return switch (token.type()) {
            case NAME -> {
                tokens.next();
                yield name(token);
            }
            case STRING -> {
                StringBuilder text = new StringBuilder();
                while (tokens.is(Token.Type.STRING)) {
                    text.append(tokens.next().text());
                }
                yield new Constant(Str.of(text.toString()), token.line());
            }
            case INTEGER -> new Constant(NumberLiteral.integer(tokens.next()), token.line());
            case REAL ->
                new Constant(new Value.Real(Double.parseDouble(tokens.next().text())), token.line());
            default -> {
                if (tokens.skipOperator("(")) {
                    Expression inner = tuple(true, true);
                    tokens.expectOperator(")");
                    yield inner;
                }
                if (tokens.skipOperator("[")) {
                    yield new Expression.ListLiteral(until("]"), token.line());
                }
                if (tokens.skipOperator("{")) {
                    yield dict(token.line());
                }
                throw tokens.unexpected("an expression");
            }
        };
    }

    private Expression name(Token token) {
        return switch (token.text()) {
            case "true", "True" -> new Constant(Value.Bool.TRUE, token.line());
            case "false", "False" -> new Constant(Value.Bool.FALSE, token.line());
            case "none", "None" -> new Constant(Value.None.NONE, token.line());
            default -> {
                nameRead.accept(token.text());
                yield new Expression.Name(token.text(), token.line());
            }
        };
    }

    private List<Expression> until(String end) {
        List<Expression> items = new ArrayList<>();
        while (!tokens.skipOperator(end)) {
            items.add(expression());
            if (!tokens.current().isOperator(end)) {
                tokens.expectOperator(",");
            }
        }
        return items;
    }

    private Expression dict(int line) {
        List<Expression.Pair> pairs = new ArrayList<>();
        while (!tokens.skipOperator("}")) {
            Expression key = expression();
            tokens.expectOperator(":");
            pairs.add(new Expression.Pair(key, expression()));
            if (!tokens.current().isOperator("}")) {
                tokens.expectOperator(",");
            }
        }
        return new Expression.DictLiteral(pairs, line);
    }

    private Expression postfix(Expression start) {
        Expression value = start;
        while (true) {
            int line = tokens.line();
            if (tokens.skipOperator(".")) {
                Token member = tokens.next();
                value = switch (member.type()) {
                    case NAME -> new Expression.Attribute(value, member.text(), line);
                    case INTEGER ->
                        new Expression.Subscript(value, new Constant(NumberLiteral.integer(member), line), line);
                    default ->
                        throw TemplateException.syntax(
                                "expected a name or number behind the dot, found " + member.description(), line);
                };
            } else if (tokens.skipOperator("[")) {
                value = subscript(value, line);
            } else if (tokens.current().isOperator("(")) {
                value = new Expression.Call(value, arguments(), line);
            } else {
                return value;
            }
        }
    }

    private Expression subscript(Expression target, int line) {
        if (tokens.current().isOperator("]")) {
            throw tokens.unexpected("an index");
        }
        Expression start = slicePart(line);
        if (!tokens.skipOperator(":")) {
            if (!tokens.skipOperator(",")) {
                tokens.expectOperator("]");
                return new Expression.Subscript(target, start, line);
            }
            List<Expression> keys = new ArrayList<>(List.of(start));
            keys.addAll(until("]"));
            return new Expression.Subscript(target, new Expression.TupleLiteral(keys, line), line);
        }
        Expression stop = slicePart(line);
        Expression step = tokens.skipOperator(":") ? slicePart(line) : new Constant(Value.None.NONE, line);
        tokens.expectOperator("]");
        return new Expression.Slice(target, start, stop, step, line);
    }

    private Expression slicePart(int line) {
        Token token = tokens.current();
        return token.isOperator(":") || token.isOperator("]") ? new Constant(Value.None.NONE, line) : expression();
    }

    private Expression filtersAndTests(Expression start) {
        Expression value = start;
        while (true) {
            if (tokens.current().isOperator("|")) {
                value = filters(value);
            } else if (tokens.current().isName("is")) {
                value = test(value);
            } else if (tokens.current().isOperator("(")) {
                value = new Expression.Call(value, arguments(), tokens.line());
            } else {
                return value;
            }
        }
    }

    /** Reads {@code | filter | filter ...} if there is any. */
    Expression filters(Expression input) {
        Expression value = input;
        while (tokens.skipOperator("|")) {
            value = filter(value);
        }
        return value;
    }

    /** Reads one filter, without the bar before it. */
    Expression filter(Expression input) {
        int line = tokens.line();
        String name = dottedName();
        CallArguments arguments = tokens.current().isOperator("(") ? arguments() : CallArguments.NONE;
        return new Expression.Filter(input, name, arguments, line);
    }

    private String dottedName() {
        StringBuilder name = new StringBuilder(tokens.expect(Token.Type.NAME).text());
        while (tokens.skipOperator(".")) {
            name.append('.').append(tokens.expect(Token.Type.NAME).text());
        }
        return name.toString();
    }

    private Expression test(Expression input) {
        int line = tokens.next().line();
        boolean negated = tokens.skipName("not");
        String name = dottedName();
        CallArguments arguments = CallArguments.NONE;
        if (tokens.current().isOperator("(")) {
            arguments = arguments();
        } else if (startsTestArgument()) {
            if (tokens.current().isName("is")) {
                throw TemplateException.syntax("tests with 'is' can't be chained", line);
            }
            arguments = CallArguments.of(postfix(primary()));
        }
        Expression test = new Expression.Test(input, name, arguments, line);
        return negated ? new Expression.Not(test, line) : test;
    }

    private boolean startsTestArgument() {
        Token token = tokens.current();
        return switch (token.type()) {
            case NAME -> !ENDS_TEST.contains(token.text());
            case STRING, INTEGER, REAL -> true;
            case OPERATOR -> token.text().equals("[") || token.text().equals("{");
            default -> false;
        };
    }

    CallArguments arguments() {
        int line = tokens.line();
        tokens.expectOperator("(");
        List<Expression> positional = new ArrayList<>();
        List<Expression.Named> named = new ArrayList<>();
        Optional<Expression> spread = Optional.empty();
        Optional<Expression> spreadNamed = Optional.empty();
        while (!tokens.skipOperator(")")) {
            boolean inOrder = spreadNamed.isEmpty();
            if (tokens.skipOperator("*")) {
                inOrder &= spread.isEmpty();
                spread = Optional.of(expression());
            } else if (tokens.skipOperator("**")) {
                spreadNamed = Optional.of(expression());
            } else if (tokens.is(Token.Type.NAME) && tokens.following().isOperator("=")) {
                String name = tokens.next().text();
                tokens.next();
                named.add(new Expression.Named(name, expression()));
            } else {
                inOrder &= spread.isEmpty() && named.isEmpty();
                positional.add(expression());
            }
            if (!inOrder) {
                throw TemplateException.syntax("a call's positional arguments come first, then those with names", line);
            }
            if (!tokens.current().isOperator(")")) {
                tokens.expectOperator(",");
            }
        }
        return new CallArguments(positional, named, spread, spreadNamed);
    }
}
