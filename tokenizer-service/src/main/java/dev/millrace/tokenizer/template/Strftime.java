package dev.millrace.tokenizer.template;

import java.time.Clock;
import java.time.LocalDateTime;
import java.time.format.TextStyle;
import java.time.temporal.ChronoField;
import java.time.temporal.IsoFields;
import java.util.Locale;

/** Python's {@code datetime.now().strftime}, in the C locale, with the flags of the GNU C library. */
final class Strftime {
    private final LocalDateTime now;
    private final StringBuilder text = new StringBuilder();

    private Strftime(LocalDateTime now) {
        this.now = now;
    }

    static String format(String format, Clock clock) {
        Strftime strftime = new Strftime(LocalDateTime.now(clock));
        for (int i = 0; i < format.length(); i++) {
            char unit = format.charAt(i);
            if (unit != '%' || i + 1 == format.length()) {
                strftime.text.append(unit);
                continue;
            }
            char flag = format.charAt(i + 1);
            boolean flagged = "-_0^#".indexOf(flag) >= 0 && i + 2 < format.length();
            i += flagged ? 2 : 1;
            strftime.directive(format.charAt(i), flagged ? flag : ' ');
        }
        return strftime.text.toString();
    }

    private void directive(char directive, char flag) {
        int hour = now.getHour() % 12 == 0 ? 12 : now.getHour() % 12;
        int weekday = now.getDayOfWeek().getValue() % 7;
        switch (directive) {
            case 'Y' -> number(now.getYear(), 1, '0', flag);
            case 'y' -> number(now.getYear() % 100, 2, '0', flag);
            case 'C' -> number(now.getYear() / 100, 2, '0', flag);
            case 'm' -> number(now.getMonthValue(), 2, '0', flag);
            case 'd' -> number(now.getDayOfMonth(), 2, '0', flag);
            case 'e' -> number(now.getDayOfMonth(), 2, ' ', flag);
            case 'H' -> number(now.getHour(), 2, '0', flag);
            case 'k' -> number(now.getHour(), 2, ' ', flag);
            case 'I' -> number(hour, 2, '0', flag);
            case 'l' -> number(hour, 2, ' ', flag);
            case 'M' -> number(now.getMinute(), 2, '0', flag);
            case 'S' -> number(now.getSecond(), 2, '0', flag);
            case 'f' -> number(now.getNano() / 1000, 6, '0', ' ');
            case 'j' -> number(now.getDayOfYear(), 3, '0', flag);
            case 'u' -> number(now.getDayOfWeek().getValue(), 1, '0', flag);
            case 'w' -> number(weekday, 1, '0', flag);
            case 'U' -> number((now.getDayOfYear() + 6 - weekday) / 7, 2, '0', flag);
            case 'W' -> number((now.getDayOfYear() + 6 - (weekday + 6) % 7) / 7, 2, '0', flag);
            case 'V' -> number(now.get(IsoFields.WEEK_OF_WEEK_BASED_YEAR), 2, '0', flag);
            case 'G' -> number(now.get(IsoFields.WEEK_BASED_YEAR), 1, '0', flag);
            case 'A' -> word(now.getDayOfWeek().getDisplayName(TextStyle.FULL, Locale.ENGLISH), flag);
            case 'a' -> word(now.getDayOfWeek().getDisplayName(TextStyle.SHORT, Locale.ENGLISH), flag);
            case 'B' -> word(now.getMonth().getDisplayName(TextStyle.FULL, Locale.ENGLISH), flag);
            case 'b', 'h' -> word(now.getMonth().getDisplayName(TextStyle.SHORT, Locale.ENGLISH), flag);
            case 'p' -> word(now.get(ChronoField.AMPM_OF_DAY) == 0 ? "AM" : "PM", flag);
            case 'P' -> word(now.get(ChronoField.AMPM_OF_DAY) == 0 ? "am" : "pm", flag);
            case 'D', 'x' -> all("m/d/y");
            case 'F' -> all("Y-m-d");
            case 'T', 'X' -> all("H:M:S");
            case 'R' -> all("H:M");
            case 'r' -> all("I:M:S p");
            case 'c' -> all("a b e T Y");
            case 'n' -> text.append('\n');
            case 't' -> text.append('\t');
            case '%' -> text.append('%');
            case 'Z', 'z' -> {} // the time has no zone
            default ->
                text.append('%').append(flag == ' ' ? "" : String.valueOf(flag)).append(directive);
        }
    }

    private void all(String directives) {
        directives.chars().forEach(unit -> {
            if (Character.isLetter(unit)) {
                directive((char) unit, ' ');
            } else {
                text.append((char) unit);
            }
        });
    }

    private void number(int number, int width, char fill, char flag) {
        String digits = Integer.toString(number);
        char filled = flag == '_' ? ' ' : flag == '0' ? '0' : fill;
        int missing = flag == '-' ? 0 : width - digits.length();
        text.repeat(filled, Math.max(0, missing)).append(digits);
    }

    private void word(String word, char flag) {
        text.append(flag == '^' || flag == '#' ? word.toUpperCase(Locale.ROOT) : word);
    }
}
