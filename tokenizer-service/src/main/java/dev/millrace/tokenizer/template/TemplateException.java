package dev.millrace.tokenizer.template;

/** A template can't be read, or can't be rendered with the values given. */
public final class TemplateException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private static final int LINE_UNKNOWN = 0;

    /** Whose fault it is. */
    public enum Kind {
        /** The template isn't Jinja as we know it. */
        SYNTAX,
        /** The template itself refused, by {@code raise_exception}: the values are at fault. */
        RAISED,
        /** An operation failed, such as an attribute of an undefined value. */
        FAILED,
        /** More work, text or depth than a template may use. */
        LIMIT
    }

    private final Kind kind;
    private final String reason;
    private final int line;

    private TemplateException(Kind kind, String reason, int line) {
        super(reason);
        this.kind = kind;
        this.reason = reason;
        this.line = line;
    }

    static TemplateException syntax(String reason, int line) {
        return new TemplateException(Kind.SYNTAX, reason, line);
    }

    static TemplateException raised(String reason) {
        return new TemplateException(Kind.RAISED, reason, LINE_UNKNOWN);
    }

    static TemplateException failed(String reason) {
        return new TemplateException(Kind.FAILED, reason, LINE_UNKNOWN);
    }

    static TemplateException limit(String reason) {
        return new TemplateException(Kind.LIMIT, reason, LINE_UNKNOWN);
    }

    /** The same with the line where it happened, unless a more precise one is known. */
    TemplateException at(int place) {
        if (line != LINE_UNKNOWN) {
            return this;
        }
        TemplateException placed = new TemplateException(kind, reason, place);
        placed.setStackTrace(getStackTrace());
        return placed;
    }

    /** The reason, and the line where it is known. */
    @Override
    public String getMessage() {
        return line == LINE_UNKNOWN ? reason : reason + " (line " + line + " of the chat template)";
    }

    public Kind kind() {
        return kind;
    }

    /** What happened, without the line. For {@link Kind#RAISED} the template's own words. */
    public String reason() {
        return reason;
    }

    /** The template's line, from 1; 0 where no line is to blame. */
    public int line() {
        return line;
    }
}
