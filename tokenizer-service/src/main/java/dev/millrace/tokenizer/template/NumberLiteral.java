package dev.millrace.tokenizer.template;

import java.math.BigInteger;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Numbers as a template writes them: {@code 42}, {@code 1_000}, {@code 0xff}, {@code 1.5e-3}. */
final class NumberLiteral {
    private static final String DIGITS = "(?:\\d+_)*+\\d++";
    private static final Pattern REAL = Pattern.compile(
            "(?<!\\.)" + DIGITS + "(?:(?:\\." + DIGITS + ")?[eE][+-]?" + DIGITS + "|\\." + DIGITS + ")");
    private static final Pattern INTEGER =
            Pattern.compile("(?i)0b(?:_?[01])++|0o(?:_?[0-7])++|0x(?:_?[\\da-f])++|[1-9](?:_?\\d)*+|0(?:_?0)*+");

    private NumberLiteral() {}

    /** Where the number that starts at {@code start} ends. */
    static int end(String source, int start) {
        for (Pattern pattern : new Pattern[] {REAL, INTEGER}) {
            Matcher matcher =
                    pattern.matcher(source).region(start, source.length()).useTransparentBounds(true);
            if (matcher.lookingAt()) {
                return matcher.end();
            }
        }
        throw new IllegalArgumentException("no number at " + start);
    }

    static boolean isReal(String digits) {
        return REAL.matcher(digits).matches();
    }

    static Value.Int integer(Token token) {
        String digits = token.text().toLowerCase(Locale.ROOT);
        int radix = switch (digits.length() > 1 ? digits.charAt(1) : ' ') {
            case 'b' -> 2;
            case 'o' -> 8;
            case 'x' -> 16;
            default -> 10;
        };
        if (digits.length() > Numbers.MAX_DIGITS) {
            throw TemplateException.syntax("an integer of " + digits.length() + " digits", token.line());
        }
        return new Value.Int(new BigInteger(radix == 10 ? digits : digits.substring(2), radix));
    }
}
