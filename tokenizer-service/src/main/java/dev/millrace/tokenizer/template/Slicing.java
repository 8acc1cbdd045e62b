package dev.millrace.tokenizer.template;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;

/** Python's {@code sequence[start:stop:step]}. */
final class Slicing {
    private Slicing() {}

    static Value slice(Value target, Value start, Value stop, Value step) {
        return switch (target) {
            case Str text -> slice(text, bounds(text.length(), start, stop, step));
            case Value.ListOf list ->
                new Value.ListOf(slice(list.items(), bounds(list.items().size(), start, stop, step)));
            case Value.Tuple tuple ->
                new Value.Tuple(slice(tuple.items(), bounds(tuple.items().size(), start, stop, step)));
            case Value.Range range -> {
                Bounds bounds = bounds(range.size(), start, stop, step);
                long first = range.start() + bounds.start * range.step();
                long distance = range.step() * bounds.step;
                yield new Value.Range(first, first + distance * bounds.count(), distance, bounds.count());
            }
            case Value.Undefined undefined -> throw undefined.failure();
            case Dict dict -> throw TemplateException.failed("unhashable type: 'slice'");
            default -> throw TemplateException.failed("'" + Types.name(target) + "' object is not subscriptable");
        };
    }

    private record Bounds(long start, long stop, long step) {
        int count() {
            long distance = step > 0 ? stop - start : start - stop;
            return distance <= 0 ? 0 : Math.toIntExact((distance - 1) / Math.abs(step) + 1);
        }
    }

    private static Bounds bounds(int length, Value start, Value stop, Value step) {
        long by = step instanceof Value.None ? 1 : clamp(step);
        if (by == 0) {
            throw TemplateException.failed("slice step cannot be zero");
        }
        long lowest = by > 0 ? 0 : -1;
        long highest = by > 0 ? length : length - 1L;
        long from = start instanceof Value.None ? (by > 0 ? lowest : highest) : place(start, length, lowest, highest);
        long to = stop instanceof Value.None ? (by > 0 ? highest : lowest) : place(stop, length, lowest, highest);
        return new Bounds(from, to, by);
    }

    private static long place(Value index, int length, long lowest, long highest) {
        long place = clamp(index);
        return Math.clamp(place < 0 ? place + length : place, lowest, highest);
    }

    /** Beyond an int every index lies outside of any sequence, so nothing is lost. */
    private static long clamp(Value index) {
        if (index instanceof Value.Undefined undefined) {
            throw undefined.failure();
        }
        BigInteger integer = Numbers.integer(index);
        if (integer == null) {
            throw TemplateException.failed("slice indices must be integers or None or have an __index__ method");
        }
        if (integer.bitLength() > 31) {
            return integer.signum() < 0 ? Integer.MIN_VALUE : Integer.MAX_VALUE;
        }
        return integer.intValue();
    }

    private static Str slice(Str text, Bounds bounds) {
        int count = bounds.count();
        if (count == 0) {
            return Str.EMPTY;
        }
        boolean narrow = text.length() == text.text().length();
        if (bounds.step == 1) {
            int from = narrow ? (int) bounds.start : text.unit((int) bounds.start);
            int to = narrow ? (int) bounds.stop : text.text().offsetByCodePoints(from, count);
            return text.slice(from, to);
        }
        int[] characters = text.text().codePoints().toArray();
        StringBuilder picked = new StringBuilder();
        Spans.Builder foreign = new Spans.Builder();
        int[] units = new int[characters.length];
        for (int i = 1; i < units.length; i++) {
            units[i] = units[i - 1] + Character.charCount(characters[i - 1]);
        }
        long place = bounds.start;
        for (int i = 0; i < count; i++, place += bounds.step) {
            int unit = units[(int) place];
            int width = Character.charCount(characters[(int) place]);
            foreign.add(text.foreign(), unit, unit + width, picked.length());
            picked.append(text.text(), unit, unit + width);
        }
        return Str.of(picked.toString(), foreign.build());
    }

    private static List<Value> slice(List<Value> items, Bounds bounds) {
        int count = bounds.count();
        List<Value> picked = new ArrayList<>(count);
        long place = bounds.start;
        for (int i = 0; i < count; i++, place += bounds.step) {
            picked.add(items.get((int) place));
        }
        return picked;
    }
}
