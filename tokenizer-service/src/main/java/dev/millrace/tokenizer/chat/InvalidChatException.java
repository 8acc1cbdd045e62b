package dev.millrace.tokenizer.chat;

/** A part of a chat is malformed. */
final class InvalidChatException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String param;
    private final String reason;

    /** @param param the field at fault */
    InvalidChatException(String param, String reason) {
        super(reason);
        this.param = param;
        this.reason = reason;
    }

    String param() {
        return param;
    }

    String reason() {
        return reason;
    }
}
