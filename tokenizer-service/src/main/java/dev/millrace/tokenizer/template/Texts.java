package dev.millrace.tokenizer.template;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.IntPredicate;

/** What Python's string methods and Jinja's filters do to texts; each character keeps its origin. */
final class Texts {
    private Texts() {}

    /** @param characters which to strip; empty for white space */
    static Str strip(Str value, Optional<String> characters, boolean atStart, boolean atEnd) {
        IntPredicate stripped = characters
                .<IntPredicate>map(set -> character -> set.indexOf(character) >= 0)
                .orElse(Python::isSpace);
        String text = value.text();
        int from = 0;
        int to = text.length();
        while (atStart && from < to && stripped.test(text.codePointAt(from))) {
            from += Character.charCount(text.codePointAt(from));
        }
        while (atEnd && to > from && stripped.test(text.codePointBefore(to))) {
            to -= Character.charCount(text.codePointBefore(to));
        }
        return value.slice(from, to);
    }

    static Str replace(Str value, String old, Str replacement, int count, Budget budget) {
        String text = value.text();
        TextBuilder replaced = new TextBuilder(budget);
        int done = 0;
        int left = count < 0 ? Integer.MAX_VALUE : count;
        for (int found = text.indexOf(old); found >= 0 && left > 0; left--) {
            replaced.append(value, done, found).append(replacement);
            done = found + old.length();
            if (!old.isEmpty()) {
                found = text.indexOf(old, done);
                continue;
            }
            if (found == text.length()) {
                break; // between all characters, and once at the end
            }
            found += Character.charCount(text.codePointAt(found));
        }
        return done == 0 && replaced.length() == 0
                ? value
                : replaced.append(value, done, text.length()).build().asMarkup(value.isMarkup());
    }

    /** {@code split} and {@code rsplit} at white space; at most {@code most} times, without bound if negative. */
    static List<Value> splitAtSpace(Str value, int most, boolean fromEnd) {
        List<Value> words = new ArrayList<>();
        String text = value.text();
        int from = 0;
        int to = text.length();
        while (true) {
            while (from < to && Python.isSpace(text.charAt(from))) {
                from++;
            }
            while (from < to && Python.isSpace(text.charAt(to - 1))) {
                to--;
            }
            if (from == to) {
                return fromEnd ? words.reversed() : words;
            }
            if (words.size() == most) {
                // Python strips the rest on the side where it was cut only
                words.add(value.slice(fromEnd ? 0 : from, fromEnd ? to : text.length()));
                return fromEnd ? words.reversed() : words;
            }
            Budget.checkPieces(words.size());
            int edge = fromEnd ? to : from;
            if (fromEnd) {
                while (edge > from && !Python.isSpace(text.charAt(edge - 1))) {
                    edge--;
                }
                words.add(value.slice(edge, to));
                to = edge;
            } else {
                while (edge < to && !Python.isSpace(text.charAt(edge))) {
                    edge++;
                }
                words.add(value.slice(from, edge));
                from = edge;
            }
        }
    }

    static List<Value> split(Str value, String separator, int most, boolean fromEnd) {
        if (separator.isEmpty()) {
            throw TemplateException.failed("empty separator");
        }
        List<Value> parts = new ArrayList<>();
        String text = value.text();
        int from = 0;
        int to = text.length();
        while (most < 0 || parts.size() < most) {
            int found = fromEnd ? text.lastIndexOf(separator, to - separator.length()) : text.indexOf(separator, from);
            if (found < 0 || found + separator.length() > to) {
                break;
            }
            Budget.checkPieces(parts.size());
            if (fromEnd) {
                parts.add(value.slice(found + separator.length(), to));
                to = found;
            } else {
                parts.add(value.slice(from, found));
                from = found + separator.length();
            }
        }
        parts.add(value.slice(from, to));
        return fromEnd ? parts.reversed() : parts;
    }

    static Value partition(Str value, Str separator, boolean last) {
        String text = value.text();
        int found = last ? text.lastIndexOf(separator.text()) : text.indexOf(separator.text());
        if (found < 0) {
            return new Value.Tuple(last ? List.of(Str.EMPTY, Str.EMPTY, value) : List.of(value, Str.EMPTY, Str.EMPTY));
        }
        return new Value.Tuple(List.of(
                value.slice(0, found),
                separator,
                value.slice(found + separator.text().length(), text.length())));
    }

    static List<Value> lines(Str value, boolean keepEnds) {
        List<Value> lines = new ArrayList<>();
        String text = value.text();
        int start = 0;
        for (int i = 0; i < text.length(); i++) {
            if (Python.endsLine(text.charAt(i))) {
                int next = text.startsWith("\r\n", i) ? i + 2 : i + 1;
                lines.add(value.slice(start, keepEnds ? next : i));
                Budget.checkPieces(lines.size());
                start = next;
                i = next - 1;
            }
        }
        if (start < text.length()) {
            lines.add(value.slice(start, text.length()));
        }
        return lines;
    }

    static Str join(Str separator, Iterator<Value> items, boolean print, Budget budget) {
        TextBuilder joined = new TextBuilder(budget);
        for (int i = 0; items.hasNext(); i++) {
            budget.step();
            if (i > 0) {
                joined.append(separator);
            }
            Value item = items.next();
            if (!print && !(item instanceof Str)) {
                throw TemplateException.failed(
                        "sequence item " + i + ": expected str instance, " + Types.name(item) + " found");
            }
            Printing.print(item, joined);
        }
        return joined.build();
    }

    static Str upper(Str value) {
        return value.remade(value.text().toUpperCase(Locale.ROOT));
    }

    static Str lower(Str value) {
        return value.remade(value.text().toLowerCase(Locale.ROOT));
    }

    static Str capitalize(Str value) {
        if (value.isEmpty()) {
            return value;
        }
        String text = value.text();
        int first = Character.charCount(text.codePointAt(0));
        return value.remade(
                titled(text.substring(0, first)) + text.substring(first).toLowerCase(Locale.ROOT));
    }

    private static String titled(String character) {
        int first = character.codePointAt(0);
        String upper = character.toUpperCase(Locale.ROOT);
        // as for the German sharp s, whose capital form has two letters: only the first stays one
        return upper.codePointCount(0, upper.length()) == 1
                ? Character.toString(Character.toTitleCase(first))
                : upper.substring(0, 1) + upper.substring(1).toLowerCase(Locale.ROOT);
    }

    /** The method {@code title}: each run of letters begins with a capital. */
    static Str title(Str value) {
        StringBuilder titled = new StringBuilder();
        boolean inWord = false;
        for (int character : value.text().codePoints().toArray()) {
            String letter = Character.toString(character);
            titled.append(inWord ? letter.toLowerCase(Locale.ROOT) : titled(letter));
            inWord = isCased(character);
        }
        return value.remade(titled.toString());
    }

    /** The filter {@code title}: words end at white space and opening brackets, not at apostrophes. */
    static Str titleWords(Str value) {
        StringBuilder titled = new StringBuilder();
        boolean wordStarts = true;
        for (int character : value.text().codePoints().toArray()) {
            String letter = Character.toString(character);
            titled.append(wordStarts ? letter.toUpperCase(Locale.ROOT) : letter.toLowerCase(Locale.ROOT));
            wordStarts = Python.isSpace(character) || "-({[<".indexOf(character) >= 0;
        }
        return value.remade(titled.toString());
    }

    static boolean isCased(int character) {
        return Character.isUpperCase(character) || Character.isLowerCase(character) || Character.isTitleCase(character);
    }

    /** Fills up to a width in characters, with {@code before} and {@code after} saying on which side. */
    static Str pad(Str value, int width, String fill, boolean before, boolean after, Budget budget) {
        int missing = width - value.length();
        if (missing <= 0) {
            return value;
        }
        // as CPython centres: the odd one goes to the left when the width is odd too
        int left = before && after ? missing / 2 + (missing & width & 1) : before ? missing : 0;
        return new TextBuilder(budget)
                .repeat(fill, left)
                .append(value)
                .repeat(fill, missing - left)
                .build();
    }
}
