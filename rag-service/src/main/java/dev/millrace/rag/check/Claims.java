package dev.millrace.rag.check;

import java.util.regex.Pattern;

/** Which sentences say something that a source could support. */
final class Claims {
    private static final Pattern TALK = Pattern.compile("(?i)"
            + "(?:sure|certainly|of course|okay|ok|great question|good question|yes|no|thanks|thank you|hello|hi|you're welcome)[,.! ]*"
            + "|(?:sure|certainly|of course|okay|ok|great question|good question)[,.!] (?:here|let me|i)\\b.*"
            + "|here(?: is| are|'s) (?:what|a summary|the answer|my answer|an answer|an overview|some information)\\b[^,;]{0,60}"
            + "|(?:i hope (?:this|that|it) helps|(?:please )?let me know|feel free to)\\b.*"
            + "|(?:好的|当然|你好)[，。！!]*|以下是.{0,20}|希望.{0,20}(?:帮助|有用).*");

    private Claims() {}

    /** Not a question, a greeting, an announcement or a line without words. */
    static boolean isClaim(String sentence) {
        String words = sentence.strip();
        return words.codePoints().filter(Character::isLetterOrDigit).count() > 2
                && !words.endsWith("?")
                && !words.endsWith("？")
                && !words.endsWith(":")
                && !TALK.matcher(words).matches();
    }
}
