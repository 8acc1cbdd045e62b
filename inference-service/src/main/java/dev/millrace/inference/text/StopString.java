package dev.millrace.inference.text;

/** Looks for one string in a stream of characters, each in constant time (Knuth, Morris, Pratt). */
final class StopString {
    private final String string;

    // [i]: how many of its first characters still match when the first i do and the next one doesn't
    private final int[] shorter;
    private int matched;

    StopString(String string) {
        if (string.isEmpty()) {
            throw new IllegalArgumentException("a stop string must hold at least one character, was empty");
        }
        this.string = string;
        this.shorter = new int[string.length() + 1];
        int length = 0;
        for (int i = 1; i < string.length(); i++) {
            while (length > 0 && string.charAt(i) != string.charAt(length)) {
                length = shorter[length];
            }
            if (string.charAt(i) == string.charAt(length)) {
                length++;
            }
            shorter[i + 1] = length;
        }
    }

    String string() {
        return string;
    }

    /** Forgets what has matched so far. */
    void restart() {
        matched = 0;
    }

    /**
     * How many of the latest characters may be its beginning; its length when they are all of it, after which it must be
     * restarted.
     */
    int accept(char next) {
        while (matched > 0 && string.charAt(matched) != next) {
            matched = shorter[matched];
        }
        if (string.charAt(matched) == next) {
            matched++;
        }
        return matched;
    }
}
