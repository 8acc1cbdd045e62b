package dev.millrace.rag.text;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Which pages a stretch of a text is on.
 *
 * @param starts in order; none where the format has no pages
 */
public record Pages(List<Start> starts) {
    public static final Pages NONE = new Pages(List.of());

    public Pages {
        starts = List.copyOf(starts);
    }

    /**
     * @param number from 1
     * @param offset of the first character of the stretch that is on it
     */
    public record Start(int number, int offset) {}

    /** As "number:offset number:offset". */
    public String encoded() {
        return starts.stream()
                .map(start -> start.number() + ":" + start.offset())
                .collect(Collectors.joining(" "));
    }

    /** What was {@link #encoded}. */
    public static Pages decoded(String encoded) {
        if (encoded.isEmpty()) {
            return NONE;
        }
        return new Pages(Arrays.stream(encoded.split(" ", -1))
                .map(start -> start.split(":", -1))
                .map(parts -> new Start(Integer.parseInt(parts[0]), Integer.parseInt(parts[1])))
                .toList());
    }

    /** 0 where there are none. */
    public int first() {
        return starts.isEmpty() ? 0 : starts.getFirst().number();
    }

    public int last() {
        return starts.isEmpty() ? 0 : starts.getLast().number();
    }

    /** The page that holds an offset of the stretch. */
    public int at(int offset) {
        int number = first();
        for (Start start : starts) {
            if (start.offset() > offset) {
                break;
            }
            number = start.number();
        }
        return number;
    }

    /** Of this stretch and one that begins in it or right after it. */
    public Pages and(Pages later) {
        List<Start> all = new ArrayList<>(starts);
        later.starts().stream().filter(start -> start.number() > last()).forEach(all::add);
        return new Pages(all);
    }
}
