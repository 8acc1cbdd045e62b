package dev.millrace.gateway.grounded;

import java.util.regex.Pattern;

/** How it is said that documents don't say. */
final class Abstention {
    static final String ENGLISH = "The documents don't say.";
    static final String CHINESE = "文档中没有提到这一点。";

    private static final Pattern DECLINE = Pattern.compile(
            "(?i).*\\b(?:documents?|sources?|text|passages?|context)\\b.{0,30}\\b(?:do(?:es)?|did|is|are)(?:n't|n’t| not)\\b.{0,40}"
                    + "\\b(?:say|mention\\w*|contain\\w*|provide\\w*|state\\w*|specif\\w+|include\\w*|answer\\w*|discuss\\w*)\\b.*"
                    + "|(?i).*\\b(?:not|n't|n’t|no)\\b.{0,30}\\b(?:say|mention(?:ed)?|contained|provided|stated|found|specified|information)\\b"
                    + ".{0,30}\\bin the (?:documents?|sources?|text|passages?|context)\\b.*"
                    + "|.*(?:文档|文件|资料|来源)(?:中|里|里面)?(?:没有|并未|未).*",
            Pattern.DOTALL);

    private Abstention() {}

    /** In the language of the question. */
    static String text(String question) {
        boolean chinese = question.codePoints()
                .anyMatch(letter -> Character.UnicodeScript.of(letter) == Character.UnicodeScript.HAN);
        return chinese ? CHINESE : ENGLISH;
    }

    /** Whether a model says so with this sentence, in whatever words. */
    static boolean isSaidBy(String sentence) {
        return DECLINE.matcher(sentence).matches();
    }
}
