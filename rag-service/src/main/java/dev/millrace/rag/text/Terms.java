package dev.millrace.rag.text;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What two texts are compared by: lower-case words without their plural s, Chinese by single characters. */
public final class Terms {
    private static final Pattern WORD = Pattern.compile("[\\p{L}\\p{N}]+");
    private static final Set<String> STOP =
            Set.of(("a an the of in on at to for and or but is are was were be been by with as that"
                            + " this it its from has have had he she they his her their which who not")
                    .split(" "));

    private Terms() {}

    public static List<String> of(String text) {
        List<String> terms = new ArrayList<>();
        Matcher matcher = WORD.matcher(text.toLowerCase(Locale.ROOT));
        while (matcher.find()) {
            String word = matcher.group();
            if (isHan(word.charAt(0))) {
                word.codePoints().mapToObj(Character::toString).forEach(terms::add);
            } else if (!STOP.contains(word)) {
                terms.add(word.length() > 3 && word.endsWith("s") ? word.substring(0, word.length() - 1) : word);
            }
        }
        return terms;
    }

    private static boolean isHan(char c) {
        return c >= '\u4e00' && c <= '\u9fff';
    }
}
