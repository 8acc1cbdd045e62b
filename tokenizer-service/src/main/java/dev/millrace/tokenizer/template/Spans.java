package dev.millrace.tokenizer.template;

import java.util.Arrays;

/**
 * Ranges of a text, in UTF-16 units: sorted, disjoint, half-open. They say which characters came from outside the
 * template.
 */
public final class Spans {
    /** No range at all: a text that is the template's own. */
    public static final Spans NONE = new Spans(new int[0]);

    /** start, end, start, end, ... */
    private final int[] bounds;

    private Spans(int[] bounds) {
        this.bounds = bounds;
    }

    static Spans of(int start, int end) {
        return start >= end ? NONE : new Spans(new int[] {start, end});
    }

    public boolean isEmpty() {
        return bounds.length == 0;
    }

    /** Whether any unit in [from, to) lies within a range. */
    public boolean touch(int from, int to) {
        int i = firstEndingAfter(from);
        return from < to && i < bounds.length && bounds[i] < to;
    }

    /** The ranges of the part [from, to) of the text, counted from that part's start. */
    Spans slice(int from, int to) {
        if (bounds.length == 0) {
            return NONE;
        }
        Builder slice = new Builder();
        slice.add(this, from, to, 0);
        return slice.build();
    }

    /** The index in {@code bounds} of the first range that ends behind the place given. */
    private int firstEndingAfter(int place) {
        int low = 0;
        int high = bounds.length / 2;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (bounds[2 * middle + 1] > place) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return 2 * low;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Spans that && Arrays.equals(bounds, that.bounds);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bounds);
    }

    @Override
    public String toString() {
        return Arrays.toString(bounds);
    }

    /** Collects ranges from left to right, and joins those that touch. */
    static final class Builder {
        private int[] bounds = new int[4];
        private int size;

        void add(int start, int end) {
            if (start >= end) {
                return;
            }
            if (size > 0 && bounds[size - 1] >= start) {
                bounds[size - 1] = Math.max(bounds[size - 1], end);
                return;
            }
            if (size == bounds.length) {
                bounds = Arrays.copyOf(bounds, 2 * size);
            }
            bounds[size++] = start;
            bounds[size++] = end;
        }

        /** Adds what {@code spans} holds of the part [from, to); that part's start comes to lie at {@code at}. */
        void add(Spans spans, int from, int to, int at) {
            for (int i = spans.firstEndingAfter(from); i < spans.bounds.length && spans.bounds[i] < to; i += 2) {
                int start = Math.max(spans.bounds[i], from);
                int end = Math.min(spans.bounds[i + 1], to);
                add(start - from + at, end - from + at);
            }
        }

        Spans build() {
            return size == 0 ? NONE : new Spans(Arrays.copyOf(bounds, size));
        }
    }
}
