package dev.millrace.tokenizer.template;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import org.jspecify.annotations.Nullable;

/** Python's numbers: how they are printed and read, and which are one and the same. */
final class Numbers {
    /** Python refuses to print or read longer integers. */
    static final int MAX_DIGITS = 4300;

    private Numbers() {}

    static boolean is(Value value) {
        return value instanceof Value.Int || value instanceof Value.Real || value instanceof Value.Bool;
    }

    /** The integer that a value is in arithmetic: True counts as 1. */
    static @Nullable BigInteger integer(Value value) {
        return switch (value) {
            case Value.Int number -> number.number();
            case Value.Bool bool -> bool == Value.Bool.TRUE ? BigInteger.ONE : BigInteger.ZERO;
            default -> null;
        };
    }

    static double real(Value value) {
        if (value instanceof Value.Real real) {
            return real.number();
        }
        BigInteger integer = integer(value);
        if (integer == null) {
            throw TemplateException.failed("must be real number, not " + Types.name(value));
        }
        double real = integer.doubleValue();
        if (Double.isInfinite(real)) {
            throw TemplateException.failed("int too large to convert to float");
        }
        return real;
    }

    /** An index or count, which must fit into an int. */
    static int index(Value value) {
        BigInteger integer = integer(value);
        if (integer == null) {
            throw TemplateException.failed("'" + Types.name(value) + "' object cannot be interpreted as an integer");
        }
        if (integer.bitLength() > 31) {
            throw TemplateException.failed("the integer is too large for an index or a count");
        }
        return integer.intValue();
    }

    /** Equal for 1, 1.0 and True. */
    static Object identity(Value value) {
        BigInteger integer = integer(value);
        if (integer != null) {
            return integer;
        }
        double real = real(value);
        return isWhole(real) ? new BigDecimal(real).toBigInteger() : real;
    }

    static boolean isWhole(double real) {
        return !Double.isInfinite(real) && real == Math.rint(real);
    }

    static int compare(Value left, Value right) {
        BigInteger one = integer(left);
        BigInteger other = integer(right);
        if (one != null && other != null) {
            return one.compareTo(other);
        }
        double a = one == null ? real(left) : Double.NaN;
        double b = other == null ? real(right) : Double.NaN;
        if (one == null && other == null) {
            return a < b ? -1 : a > b ? 1 : 0;
        }
        double real = one == null ? a : b;
        if (Double.isInfinite(real)) {
            return (real > 0) == (one == null) ? 1 : -1;
        }
        BigDecimal exact = new BigDecimal(real);
        return one == null ? exact.compareTo(new BigDecimal(other)) : new BigDecimal(one).compareTo(exact);
    }

    static String print(BigInteger number) {
        // a digit is worth 3.32 bits: below this no integer has more than 4,300 digits
        if (number.bitLength() > 14_284) {
            throw TemplateException.failed("Exceeds the limit (4300 digits) for integer string conversion");
        }
        return number.toString();
    }

    /** Python's {@code repr} of a float: the shortest digits that read back as the same number. */
    static String print(double number) {
        if (Double.isNaN(number)) {
            return "nan";
        }
        if (Double.isInfinite(number)) {
            return number > 0 ? "inf" : "-inf";
        }
        if (number == 0) {
            return 1 / number < 0 ? "-0.0" : "0.0";
        }
        BigDecimal shortest = new BigDecimal(Double.toString(number)).stripTrailingZeros();
        // Java writes two digits at least, and so the smallest number of all as 4.9E-324
        BigDecimal oneDigit = shortest.round(new MathContext(1));
        if (oneDigit.doubleValue() == number) {
            shortest = oneDigit;
        }
        String digits = shortest.unscaledValue().abs().toString();
        int exponent = digits.length() - shortest.scale() - 1;
        String sign = number < 0 ? "-" : "";
        if (exponent < -4 || exponent >= 16) {
            String fraction = digits.length() > 1 ? "." + digits.substring(1) : "";
            String power = (exponent < 0 ? "-" : "+") + (Math.abs(exponent) < 10 ? "0" : "") + Math.abs(exponent);
            return sign + digits.charAt(0) + fraction + "e" + power;
        }
        String plain = shortest.abs().toPlainString();
        return sign + (plain.indexOf('.') < 0 ? plain + ".0" : plain);
    }

    /** Python's {@code int(text, base)}; null where the text is no such number. */
    static @Nullable BigInteger parseInteger(String text, int base) {
        String digits = strip(text);
        boolean negative = digits.startsWith("-");
        if (negative || digits.startsWith("+")) {
            digits = digits.substring(1);
        }
        int radix = base;
        if (digits.length() > 2 && digits.charAt(0) == '0') {
            int prefix = switch (digits.charAt(1)) {
                case 'x', 'X' -> 16;
                case 'o', 'O' -> 8;
                case 'b', 'B' -> 2;
                default -> 0;
            };
            if (prefix != 0 && (base == 0 || base == prefix)) {
                digits = digits.substring(digits.charAt(2) == '_' ? 3 : 2);
                radix = prefix;
            }
        }
        radix = radix == 0 ? 10 : radix;
        if (!isDigits(digits, radix) || digits.length() > MAX_DIGITS) {
            return null;
        }
        BigInteger number = new BigInteger(digits.replace("_", ""), radix);
        return negative ? number.negate() : number;
    }

    private static boolean isDigits(String digits, int radix) {
        if (digits.isEmpty() || digits.startsWith("_") || digits.endsWith("_") || digits.contains("__")) {
            return false;
        }
        return digits.codePoints().allMatch(digit -> digit == '_' || Character.digit(digit, radix) >= 0);
    }

    /** Python's {@code float(text)}; null where the text is no number. */
    static @Nullable Double parseReal(String text) {
        String digits = strip(text).replaceAll("(?<=\\d)_(?=\\d)", "");
        if (digits.matches("[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d+)?")) {
            return Double.valueOf(digits);
        }
        if (digits.matches("(?i)[+-]?(inf|infinity)")) {
            return digits.startsWith("-") ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
        }
        return digits.matches("(?i)[+-]?nan") ? Double.NaN : null;
    }

    private static String strip(String text) {
        int start = 0;
        while (start < text.length() && Python.isSpace(text.charAt(start))) {
            start++;
        }
        return Python.stripEnd(text.substring(start));
    }
}
