package dev.millrace.inference.sample;

/** A parameter of a request that holds what it can't. The message says what it held and what would be right. */
public final class InvalidParameterException extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    private final String param;

    /** @param param its name in OpenAI's API, or after its fashion */
    public InvalidParameterException(String param, String rule, Object was) {
        super(param + " " + rule + ", was " + was);
        this.param = param;
    }

    public String param() {
        return param;
    }
}
