package dev.millrace.tokenizer.template;

import dev.millrace.tokenizer.template.Statement.Target;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Walks a template's tree once: one rendering, on one thread. */
final class Interpreter {
    /** How a body ended. */
    private enum End {
        REACHED,
        BREAK,
        CONTINUE
    }

    private final Map<String, Value> variables;
    private final Budget budget;
    private final Arithmetic arithmetic;
    private final Clock clock;
    private final List<Template.Span> generated = new ArrayList<>();
    /** How many texts are being written, one within the other. */
    private int openTexts;

    Interpreter(Map<String, Value> variables, Clock clock, Limits limits) {
        this.variables = variables;
        this.clock = clock;
        this.budget = new Budget(limits);
        this.arithmetic = new Arithmetic(budget);
    }

    Budget budget() {
        return budget;
    }

    Arithmetic arithmetic() {
        return arithmetic;
    }

    Clock clock() {
        return clock;
    }

    /** The text that a body writes. */
    Str text(List<Statement> body, Scope scope) {
        TextBuilder out = new TextBuilder(budget);
        budget.enter();
        openTexts++;
        run(body, scope, out);
        openTexts--;
        budget.leave();
        return out.build();
    }

    /** What the generation blocks have written into the outermost text; what a macro writes has no place that we know. */
    List<Template.Span> generated() {
        return List.copyOf(generated);
    }

    private End run(List<Statement> body, Scope scope, TextBuilder out) {
        for (int i = 0; i < body.size(); i++) {
            End end = run(body.get(i), scope, out);
            if (end != End.REACHED) {
                return end;
            }
        }
        return End.REACHED;
    }

    private End run(Statement statement, Scope scope, TextBuilder out) {
        budget.step();
        switch (statement) {
            case Statement.Data data -> out.append(data.text());
            case Statement.Print print -> {
                for (Expression value : print.values()) {
                    print(value, scope, out);
                }
            }
            case Statement.If branches -> {
                return run(chosen(branches, scope), scope, out);
            }
            case Statement.For loop -> {
                Value items = evaluate(loop.items(), scope);
                try {
                    loop(loop, items, 0, scope, out);
                } catch (TemplateException e) {
                    throw e.at(loop.line());
                }
            }
            case Statement.Jump jump -> {
                return jump == Statement.Jump.BREAK ? End.BREAK : End.CONTINUE;
            }
            case Statement.Set set -> assign(set.target(), evaluate(set.value(), scope), scope, set.line());
            case Statement.SetBlock set -> assign(set.target(), captured(set.captured(), scope), scope, set.line());
            case Statement.FilterBlock block -> Printing.print(captured(block.captured(), scope), out);
            case Statement.With with -> {
                Scope inner = scope.inner();
                for (int i = 0; i < with.targets().size(); i++) {
                    assign(with.targets().get(i), evaluate(with.values().get(i), scope), inner, with.line());
                }
                return run(with.body(), inner, out);
            }
            case Statement.MacroDefinition macro ->
                scope.set(macro.name(), new Macro(macro.name(), macro.code(), scope));
            case Statement.CallBlock block -> {
                Value caller = new Macro("caller", block.caller(), scope);
                Printing.print(call(block.call(), scope, caller), out);
            }
            case Statement.Scoped scoped -> {
                return run(scoped.body(), scope.inner(), out);
            }
            case Statement.Generation generation -> {
                int from = out.length();
                End end = run(generation.body(), scope.inner(), out);
                if (openTexts == 1) {
                    generated.add(new Template.Span(from, out.length()));
                }
                return end;
            }
        }
        return End.REACHED;
    }

    private void print(Expression expression, Scope scope, TextBuilder out) {
        Value value = evaluate(expression, scope);
        try {
            Printing.print(value, out);
        } catch (TemplateException e) {
            throw e.at(expression.line());
        }
    }

    private List<Statement> chosen(Statement.If branches, Scope scope) {
        for (Statement.Branch branch : branches.branches()) {
            if (Truth.of(evaluate(branch.condition(), scope))) {
                return branch.body();
            }
        }
        return branches.otherwise();
    }

    private Value captured(Statement.Captured captured, Scope scope) {
        Scope inner = scope.inner();
        inner.set(Statement.Captured.TEXT, text(captured.body(), inner));
        return evaluate(captured.filtered(), inner);
    }

    private void loop(Statement.For loop, Value items, int depth, Scope scope, TextBuilder out) {
        Iterator<Value> all = Iteration.of(items);
        boolean filtered = loop.condition().isPresent();
        LoopContext context = new LoopContext(
                items,
                filtered ? matching(loop, loop.condition().get(), all, scope) : all,
                filtered,
                depth,
                loop.recursive() ? (inner, innerDepth) -> recursed(loop, inner, innerDepth, scope) : null);
        boolean finishedOne = false;
        while (context.hasNext()) {
            budget.step();
            Scope turn = scope.inner();
            assign(loop.target(), context.next(), turn, loop.line());
            turn.set("loop", context);
            End end = run(loop.body(), turn, out);
            if (end == End.BREAK) {
                break;
            }
            finishedOne |= end == End.REACHED; // after a continue Jinja still takes the loop for an empty one
        }
        if (!finishedOne) {
            run(loop.otherwise(), scope.inner(), out);
        }
    }

    private Value recursed(Statement.For loop, Value items, int depth, Scope scope) {
        TextBuilder out = new TextBuilder(budget);
        budget.enter();
        openTexts++;
        loop(loop, items, depth, scope, out);
        openTexts--;
        budget.leave();
        return out.build();
    }

    /** The items that meet the loop's condition, each looked at when it is asked for. */
    private Iterator<Value> matching(Statement.For loop, Expression condition, Iterator<Value> all, Scope scope) {
        return SelectingFilters.filtered(all, item -> {
            budget.step();
            Scope inner = scope.inner();
            assign(loop.target(), item, inner, loop.line());
            return Truth.of(evaluate(condition, inner));
        });
    }

    private void assign(Target target, Value value, Scope scope, int line) {
        try {
            assign(target, value, scope);
        } catch (TemplateException e) {
            throw e.at(line);
        }
    }

    private void assign(Target target, Value value, Scope scope) {
        switch (target) {
            case Target.Variable variable -> scope.set(variable.name(), value);
            case Target.Member member -> {
                if (!(variable(member.namespace(), scope) instanceof Namespace namespace)) {
                    throw TemplateException.failed(
                            "cannot assign attribute on non-namespace object '" + member.namespace() + "'");
                }
                namespace.set(member.name(), value);
            }
            case Target.Several several -> {
                List<Value> values = Iteration.list(value);
                if (values.size() != several.targets().size()) {
                    throw TemplateException.failed("can't unpack " + values.size() + " values into "
                            + several.targets().size() + " names");
                }
                for (int i = 0; i < values.size(); i++) {
                    assign(several.targets().get(i), values.get(i), scope);
                }
            }
        }
    }

    private Value variable(String name, Scope scope) {
        Value value = scope.find(name);
        if (value == null) {
            value = variables.get(name);
        }
        if (value == null) {
            value = Globals.TABLE.get(name);
        }
        return value == null ? Value.Undefined.name(name) : value;
    }

    Value evaluate(Expression expression, Scope scope) {
        budget.step();
        try {
            return value(expression, scope);
        } catch (TemplateException e) {
            throw e.at(expression.line());
        }
    }

    private Value value(Expression expression, Scope scope) {
        return switch (expression) {
            case Expression.Constant constant -> constant.value();
            case Expression.Name name -> variable(name.name(), scope);
            case Expression.Attribute attribute ->
                Members.attribute(evaluate(attribute.target(), scope), attribute.name());
            case Expression.Subscript subscript ->
                Members.item(evaluate(subscript.target(), scope), evaluate(subscript.key(), scope));
            case Expression.Slice slice ->
                budget.charge(Slicing.slice(
                        evaluate(slice.target(), scope),
                        evaluate(slice.start(), scope),
                        evaluate(slice.stop(), scope),
                        evaluate(slice.step(), scope)));
            case Expression.Call call -> call(call, scope, null);
            case Expression.Filter filter ->
                filter(filter.name(), evaluate(filter.input(), scope), arguments(filter.arguments(), scope, null));
            case Expression.Test test ->
                Value.Bool.of(
                        test(test.name(), evaluate(test.input(), scope), arguments(test.arguments(), scope, null)));
            case Expression.Not not -> Value.Bool.of(!Truth.of(evaluate(not.operand(), scope)));
            case Expression.Sign sign -> arithmetic.signed(sign.negative(), evaluate(sign.operand(), scope));
            case Expression.Binary binary ->
                arithmetic.apply(binary.operator(), evaluate(binary.left(), scope), evaluate(binary.right(), scope));
            case Expression.Concatenation concatenation -> {
                TextBuilder text = new TextBuilder(budget);
                for (Expression part : concatenation.parts()) {
                    Printing.print(evaluate(part, scope), text);
                }
                yield text.build();
            }
            case Expression.Chain chain -> Value.Bool.of(holds(chain, scope));
            case Expression.And and -> {
                Value left = evaluate(and.left(), scope);
                yield Truth.of(left) ? evaluate(and.right(), scope) : left;
            }
            case Expression.Or or -> {
                Value left = evaluate(or.left(), scope);
                yield Truth.of(left) ? left : evaluate(or.right(), scope);
            }
            case Expression.Conditional conditional -> {
                if (Truth.of(evaluate(conditional.condition(), scope))) {
                    yield evaluate(conditional.then(), scope);
                }
                yield conditional.otherwise().isPresent()
                        ? evaluate(conditional.otherwise().get(), scope)
                        : new Value.Undefined("the inline if-expression on line " + conditional.line()
                                + " evaluated to false and no else section was defined.");
            }
            case Expression.ListLiteral list -> new Value.ListOf(values(list.items(), scope));
            case Expression.TupleLiteral tuple -> new Value.Tuple(values(tuple.items(), scope));
            case Expression.DictLiteral literal -> {
                Dict.Builder dict = Dict.builder();
                for (Expression.Pair pair : literal.pairs()) {
                    dict.put(evaluate(pair.key(), scope), evaluate(pair.value(), scope));
                }
                yield dict.build();
            }
        };
    }

    private List<Value> values(List<Expression> expressions, Scope scope) {
        List<Value> values = new ArrayList<>(expressions.size());
        for (Expression expression : expressions) {
            values.add(evaluate(expression, scope));
        }
        return values;
    }

    private boolean holds(Expression.Chain chain, Scope scope) {
        Value left = evaluate(chain.first(), scope);
        for (Expression.Link link : chain.links()) {
            Value right = evaluate(link.operand(), scope);
            if (!Comparison.holds(link.operator(), left, right)) {
                return false;
            }
            left = right;
        }
        return true;
    }

    private Value call(Expression.Call call, Scope scope, @Nullable Value caller) {
        Value function = evaluate(call.function(), scope);
        Arguments arguments = arguments(call.arguments(), scope, caller);
        try {
            return call(function, arguments);
        } catch (TemplateException e) {
            throw e.at(call.line());
        }
    }

    private Value call(Value function, Arguments arguments) {
        return switch (function) {
            case Callable callable -> callable.call(arguments, this);
            case Value.Undefined undefined -> throw undefined.failure();
            default -> throw TemplateException.failed("'" + Types.name(function) + "' object is not callable");
        };
    }

    private Arguments arguments(Expression.CallArguments arguments, Scope scope, @Nullable Value caller) {
        if (arguments.isEmpty() && caller == null) {
            return Arguments.NONE;
        }
        List<Value> positional = values(arguments.positional(), scope);
        Map<String, Value> named = new LinkedHashMap<>();
        for (Expression.Named argument : arguments.named()) {
            named.put(argument.name(), evaluate(argument.value(), scope));
        }
        if (caller != null) {
            named.put("caller", caller);
        }
        arguments.spread().ifPresent(list -> positional.addAll(Iteration.list(evaluate(list, scope))));
        arguments.spreadNamed().ifPresent(dict -> {
            if (!(evaluate(dict, scope) instanceof Dict spread)) {
                throw TemplateException.failed("the argument after ** must be a mapping");
            }
            spread.entries()
                    .forEach(entry ->
                            named.put(Printing.text(entry.key(), budget).text(), entry.value()));
        });
        return new Arguments(positional, named);
    }

    Value filter(String name, Value input, Arguments arguments) {
        Filters.Filter filter = Filters.TABLE.get(name);
        if (filter == null) {
            throw TemplateException.failed("no filter named '" + name + "'");
        }
        return budget.charge(filter.apply(input, arguments, this));
    }

    boolean test(String name, Value input, Arguments arguments) {
        Tests.Test test = Tests.TABLE.get(name);
        if (test == null) {
            throw TemplateException.failed("no test named '" + name + "'");
        }
        return test.holds(input, arguments);
    }
}
