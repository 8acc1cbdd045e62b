package dev.millrace.gateway.keys;

/**
 * A model's name, or several at once: {@code *} stands for any characters, {@code qwen*} for every name that starts so.
 */
public record ModelPattern(String text) {
    public ModelPattern {
        if (text.isBlank()) {
            throw new IllegalArgumentException(
                    "a model pattern is a model's name, with * for any characters; was blank");
        }
    }

    /** Whether the pattern stands for {@code model}. */
    public boolean matches(String model) {
        int at = 0;
        int patternAt = 0;
        int star = -1;
        int retryAt = 0;
        while (at < model.length()) {
            if (patternAt < text.length() && text.charAt(patternAt) == '*') {
                star = patternAt++;
                retryAt = at;
            } else if (patternAt < text.length() && text.charAt(patternAt) == model.charAt(at)) {
                patternAt++;
                at++;
            } else if (star >= 0) {
                // the last star takes one character more
                patternAt = star + 1;
                at = ++retryAt;
            } else {
                return false;
            }
        }
        while (patternAt < text.length() && text.charAt(patternAt) == '*') {
            patternAt++;
        }
        return patternAt == text.length();
    }
}
