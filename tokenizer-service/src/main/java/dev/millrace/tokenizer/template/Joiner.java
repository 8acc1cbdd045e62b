package dev.millrace.tokenizer.template;

/** What {@code joiner()} makes: nothing the first time it is called, then its separator. */
final class Joiner implements Callable {
    private final Str separator;
    private boolean used;

    Joiner(Str separator) {
        this.separator = separator;
    }

    @Override
    public Value call(Arguments arguments, Interpreter run) {
        Str text = used ? separator : Str.EMPTY;
        used = true;
        return text;
    }

    @Override
    public String description() {
        return "Joiner";
    }
}
