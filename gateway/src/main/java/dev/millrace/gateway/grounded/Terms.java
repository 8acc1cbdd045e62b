package dev.millrace.gateway.grounded;

import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What two texts are compared by: lower-case words without their plural s, Chinese by single characters. */
final class Terms {
    private static final Pattern WORD = Pattern.compile("[\\p{L}\\p{N}]+");
    private static final Set<String> STOP = Set.of(
            ("a an the of in on at to for and or but is are was were be been by with as that this it its from has have"
                            + " had he she they his her their which who not what when where why how do does did")
                    .split(" "));

    private Terms() {}

    static Set<String> of(String text) {
        Set<String> terms = new HashSet<>();
        Matcher matcher = WORD.matcher(text.toLowerCase(Locale.ROOT));
        while (matcher.find()) {
            String word = matcher.group();
            if (Character.UnicodeScript.of(word.codePointAt(0)) == Character.UnicodeScript.HAN) {
                word.codePoints().mapToObj(Character::toString).forEach(terms::add);
            } else if (!STOP.contains(word)) {
                terms.add(word.length() > 3 && word.endsWith("s") ? word.substring(0, word.length() - 1) : word);
            }
        }
        return terms;
    }
}
