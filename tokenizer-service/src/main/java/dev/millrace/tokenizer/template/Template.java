package dev.millrace.tokenizer.template;

import java.time.Clock;
import java.util.List;
import java.util.Map;

/** A chat template, read once and rendered as often as needed, by any number of threads. */
public final class Template {
    private final List<Statement> statements;
    private final Limits limits;

    /** From one UTF-16 unit up to, and without, another. */
    public record Span(int from, int to) {}

    /** @param generated what the template's {@code generation} blocks wrote, in its order */
    public record Rendering(Str text, List<Span> generated) {
        public Rendering {
            generated = List.copyOf(generated);
        }
    }

    private Template(List<Statement> statements, Limits limits) {
        this.statements = statements;
        this.limits = limits;
    }

    /** @throws TemplateException of kind SYNTAX, with the line at fault */
    public static Template compile(String source) {
        return compile(source, Limits.DEFAULT);
    }

    /** @throws TemplateException of kind SYNTAX, with the line at fault */
    public static Template compile(String source, Limits limits) {
        try {
            return new Template(Parser.parse(source), limits);
        } catch (StackOverflowError e) {
            throw TemplateException.limit("the template's expressions are nested too deeply");
        }
    }

    /**
     * Renders with the variables given. The text knows which of its characters came from variables that were marked
     * as foreign ({@link Str#foreign(String)}).
     *
     * @param clock what {@code strftime_now} asks, its zone included
     * @throws TemplateException if the template refuses the variables, fails, or passes its limits
     */
    public Str render(Map<String, Value> variables, Clock clock) {
        return rendering(variables, clock).text();
    }

    /** The same, with the places of what the assistant said, as far as the template tells. */
    public Rendering rendering(Map<String, Value> variables, Clock clock) {
        try {
            Interpreter interpreter = new Interpreter(variables, clock, limits);
            Str text = interpreter.text(statements, Scope.outermost());
            return new Rendering(text, interpreter.generated());
        } catch (StackOverflowError e) {
            // the limit on depth counts calls; what nests deeper between two calls ends here
            throw TemplateException.limit("the template's values or expressions are nested too deeply");
        }
    }
}
