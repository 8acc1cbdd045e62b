package dev.millrace.tokenizer.template;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How one value is formatted: Python's {@code [[fill]align][sign][#][0][width][,][.precision][type]}.
 *
 * @param align     one of {@code < > = ^}, or a blank for the type's own
 * @param grouping  the separator of thousands, or a blank
 * @param precision -1 if not given
 * @param type      a blank if not given
 */
record FormatSpec(
        String fill, char align, char sign, boolean alternate, int width, char grouping, int precision, char type) {
    private static final Pattern SPEC =
            Pattern.compile("(?s)(?:(.)?([<>=^]))?([-+ ])?(#)?(0)?(\\d+)?([,_])?(?:\\.(\\d+))?([bcdeEfFgGnosxX%])?");
    /** More digits than any double has. */
    private static final int MAX_PRECISION = 1100;

    static FormatSpec parse(String spec) {
        Matcher matcher = SPEC.matcher(spec);
        if (!matcher.matches()) {
            throw TemplateException.failed("Invalid format specifier '" + spec + "'");
        }
        boolean zero = matcher.group(5) != null;
        boolean aligned = matcher.group(2) != null;
        return new FormatSpec(
                matcher.group(1) != null ? matcher.group(1) : zero && !aligned ? "0" : " ",
                aligned ? matcher.group(2).charAt(0) : zero ? '=' : ' ',
                matcher.group(3) == null ? '-' : matcher.group(3).charAt(0),
                matcher.group(4) != null,
                number(matcher.group(6), 0),
                matcher.group(7) == null ? ' ' : matcher.group(7).charAt(0),
                number(matcher.group(8), -1),
                matcher.group(9) == null ? ' ' : matcher.group(9).charAt(0));
    }

    private static int number(@Nullable String digits, int absent) {
        if (digits == null) {
            return absent;
        }
        if (digits.length() > 9) {
            throw TemplateException.limit("a format's width or precision of " + digits);
        }
        return Integer.parseInt(digits);
    }

    Str format(Value value, Budget budget) {
        BigInteger integer = Numbers.integer(value);
        if (integer != null && "eEfFgG%".indexOf(type) < 0) {
            return number(integer(integer), budget);
        }
        if (Numbers.is(value)) {
            return number(real(Numbers.real(value)), budget);
        }
        if (type != ' ' && type != 's') {
            throw TemplateException.failed(
                    "Unknown format code '" + type + "' for object of type '" + Types.name(value) + "'");
        }
        Str text = Printing.text(value, budget);
        Str cut = precision >= 0 && precision < text.length() ? text.slice(0, text.unit(precision)) : text;
        return Texts.pad(cut, width, fill, align == '>' || align == '^', align != '>', budget);
    }

    /** Puts sign and filling before the digits. */
    private Str number(String signed, Budget budget) {
        boolean negative = signed.startsWith("-");
        String digits = negative ? signed.substring(1) : signed;
        String mark = negative ? "-" : sign == '-' ? "" : String.valueOf(sign);
        int missing = Math.max(0, width - mark.length() - digits.length());
        TextBuilder padded = new TextBuilder(budget);
        switch (align) {
            case '=' -> padded.append(mark).repeat(fill, missing).append(digits);
            case '<' -> padded.append(mark).append(digits).repeat(fill, missing);
            case '^' ->
                padded.repeat(fill, missing / 2).append(mark).append(digits).repeat(fill, missing - missing / 2);
            default -> padded.repeat(fill, missing).append(mark).append(digits);
        }
        return padded.build();
    }

    private String integer(BigInteger number) {
        String sign = number.signum() < 0 ? "-" : "";
        BigInteger size = number.abs();
        return switch (type) {
            case ' ', 'd', 'n' -> sign + grouped(Numbers.print(size), 3);
            case 'x' -> sign + (alternate ? "0x" : "") + grouped(size.toString(16), 4);
            case 'X' ->
                sign + (alternate ? "0X" : "") + grouped(size.toString(16).toUpperCase(Locale.ROOT), 4);
            case 'o' -> sign + (alternate ? "0o" : "") + grouped(size.toString(8), 4);
            case 'b' -> sign + (alternate ? "0b" : "") + grouped(size.toString(2), 4);
            case 'c' -> {
                if (number.signum() < 0 || number.bitLength() > 21 || !Character.isValidCodePoint(number.intValue())) {
                    throw TemplateException.failed("%c arg not in range(0x110000)");
                }
                yield Character.toString(number.intValue());
            }
            default -> throw TemplateException.failed("Unknown format code '" + type + "' for object of type 'int'");
        };
    }

    private String grouped(String digits, int size) {
        if (grouping == ' ') {
            return digits;
        }
        StringBuilder grouped = new StringBuilder(digits);
        for (int i = digits.length() - size; i > 0; i -= size) {
            grouped.insert(i, grouping);
        }
        return grouped.toString();
    }

    private String real(double number) {
        if (Double.isNaN(number) || Double.isInfinite(number)) {
            return Numbers.print(number) + (type == '%' ? "%" : "");
        }
        if (precision > MAX_PRECISION) {
            throw TemplateException.limit("a format's precision of " + precision);
        }
        String sign = number < 0 || 1 / number < 0 ? "-" : "";
        BigDecimal size = new BigDecimal(Math.abs(number));
        int digits = precision < 0 ? 6 : precision;
        return sign
                + switch (type) {
                    case 'f', 'F' -> fraction(size.setScale(digits, RoundingMode.HALF_EVEN));
                    case '%' -> fraction(size.movePointRight(2).setScale(digits, RoundingMode.HALF_EVEN)) + "%";
                    case 'e' -> scientific(size, digits);
                    case 'E' -> scientific(size, digits).toUpperCase(Locale.ROOT);
                    case 'g', 'n' -> general(size, Math.max(1, digits), false);
                    case 'G' -> general(size, Math.max(1, digits), false).toUpperCase(Locale.ROOT);
                    case ' ' ->
                        precision < 0
                                ? fraction(Numbers.print(Math.abs(number)))
                                : general(size, Math.max(1, digits), true);
                    default ->
                        throw TemplateException.failed("Unknown format code '" + type + "' for object of type 'float'");
                };
    }

    private String fraction(BigDecimal number) {
        return fraction(number.toPlainString());
    }

    private String fraction(String plain) {
        int point = plain.indexOf('.');
        return point < 0 ? grouped(plain, 3) : grouped(plain.substring(0, point), 3) + plain.substring(point);
    }

    private static String scientific(BigDecimal size, int digits) {
        BigDecimal rounded = size.round(new MathContext(digits + 1, RoundingMode.HALF_EVEN));
        String unscaled = rounded.signum() == 0 ? "0" : rounded.unscaledValue().toString();
        int exponent = rounded.signum() == 0 ? 0 : unscaled.length() - rounded.scale() - 1;
        String all = unscaled + "0".repeat(Math.max(0, digits + 1 - unscaled.length()));
        String mantissa = digits == 0 ? all.substring(0, 1) : all.charAt(0) + "." + all.substring(1, digits + 1);
        return mantissa + power(exponent);
    }

    private static String power(int exponent) {
        return "e" + (exponent < 0 ? "-" : "+") + (Math.abs(exponent) < 10 ? "0" : "") + Math.abs(exponent);
    }

    /** @param keepsPoint a whole number keeps ".0", as where no type is given */
    private static String general(BigDecimal size, int digits, boolean keepsPoint) {
        BigDecimal rounded = size.round(new MathContext(digits, RoundingMode.HALF_EVEN));
        int exponent = rounded.signum() == 0 ? 0 : rounded.precision() - rounded.scale() - 1;
        if (exponent < -4 || exponent >= digits) {
            String mantissa = rounded.stripTrailingZeros().unscaledValue().toString();
            return mantissa.charAt(0) + (mantissa.length() > 1 ? "." + mantissa.substring(1) : "") + power(exponent);
        }
        BigDecimal stripped = rounded.signum() == 0 ? BigDecimal.ZERO : rounded.stripTrailingZeros();
        String plain = stripped.toPlainString();
        return keepsPoint && plain.indexOf('.') < 0 ? plain + ".0" : plain;
    }
}
