package dev.millrace.inference.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.inference.text.StopStrings.Outcome;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class StopStringsTest {
    @Test
    void a_stop_string_that_spans_pieces_ends_the_text_before_it() {
        StopStrings stops = new StopStrings(List.of("\n\nUser:"), false);
        assertThat(stops.accept("Hi.\n", true)).isEqualTo(new Outcome.Going("Hi."));
        assertThat(stops.accept("\nUs", true)).isEqualTo(new Outcome.Going(""));
        assertThat(stops.accept("er: what", true)).isEqualTo(new Outcome.Stopped("", "\n\nUser:"));
    }

    @Test
    void what_was_held_back_is_shown_once_it_cannot_become_a_stop_string() {
        StopStrings stops = new StopStrings(List.of("abcd"), false);
        assertThat(stops.accept("xabc", true)).isEqualTo(new Outcome.Going("x"));
        assertThat(stops.accept("abc", true)).isEqualTo(new Outcome.Going("abc"));
        assertThat(stops.accept("e", true)).isEqualTo(new Outcome.Going("abce"));
        assertThat(stops.end()).isEmpty();
    }

    @Test
    void a_piece_without_characters_holds_on_to_what_is_held() {
        StopStrings stops = new StopStrings(List.of("ab"), false);
        assertThat(stops.accept("a", true)).isEqualTo(new Outcome.Going(""));
        assertThat(stops.accept("", true)).isEqualTo(new Outcome.Going(""));
        assertThat(stops.accept("b", true)).isEqualTo(new Outcome.Stopped("", "ab"));
    }

    @Test
    void the_stop_string_stays_if_it_is_to_be_kept() {
        StopStrings stops = new StopStrings(List.of("END"), true);
        assertThat(stops.accept("the END.", true)).isEqualTo(new Outcome.Stopped("the END", "END"));
    }

    @Test
    void of_two_that_end_together_the_longer_counts() {
        StopStrings stops = new StopStrings(List.of("b", "ab"), false);
        assertThat(stops.accept("xab", true)).isEqualTo(new Outcome.Stopped("x", "ab"));
    }

    @Test
    void a_stop_string_that_comes_too_early_is_text() {
        StopStrings stops = new StopStrings(List.of("aa"), false);
        assertThat(stops.accept("aa", false)).isEqualTo(new Outcome.Going("aa"));
        assertThat(stops.accept("a", true)).isEqualTo(new Outcome.Going(""));
        assertThat(stops.accept("a", true)).isEqualTo(new Outcome.Stopped("", "aa"));
    }

    @Test
    void an_empty_stop_string_is_refused() {
        assertThatThrownBy(() -> new StopStrings(List.of(""), false))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("at least one character");
    }

    @Test
    void any_cut_gives_the_text_up_to_the_first_completed_stop_string() {
        long seed = new Random().nextLong();
        System.out.println("stop strings with seed " + seed);
        Random random = new Random(seed);
        for (int round = 0; round < 2_000; round++) {
            List<String> strings =
                    List.of(letters(random, 1 + random.nextInt(4)), letters(random, 1 + random.nextInt(4)));
            String text = letters(random, random.nextInt(30));
            assertThat(cut(text, strings, random)).as("%s in %s", strings, text).isEqualTo(expected(text, strings));
        }
    }

    private static String letters(Random random, int length) {
        StringBuilder letters = new StringBuilder();
        for (int i = 0; i < length; i++) {
            letters.append((char) ('a' + random.nextInt(2)));
        }
        return letters.toString();
    }

    private static String cut(String text, List<String> strings, Random random) {
        StopStrings stops = new StopStrings(strings, false);
        StringBuilder shown = new StringBuilder();
        for (int from = 0; from < text.length(); ) {
            int to = Math.min(text.length(), from + 1 + random.nextInt(4));
            switch (stops.accept(text.substring(from, to), true)) {
                case Outcome.Going(String piece) -> shown.append(piece);
                case Outcome.Stopped(String piece, String stop) -> {
                    return shown + piece + "|" + stop;
                }
            }
            from = to;
        }
        return shown + stops.end();
    }

    /** By trying every prefix. */
    private static String expected(String text, List<String> strings) {
        for (int end = 1; end <= text.length(); end++) {
            String longest = "";
            for (String string : strings) {
                if (text.substring(0, end).endsWith(string) && string.length() > longest.length()) {
                    longest = string;
                }
            }
            if (!longest.isEmpty()) {
                return text.substring(0, end - longest.length()) + "|" + longest;
            }
        }
        return text;
    }
}
