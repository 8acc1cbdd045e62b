package dev.millrace.gateway.grounded;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CitationMarksTest {
    private record Read(String text, List<String> marks) {}

    /** A text in pieces of so many letters. */
    private static Read read(String text, int letters) {
        CitationMarks marks = new CitationMarks();
        StringBuilder clean = new StringBuilder();
        List<String> found = new ArrayList<>();
        for (int from = 0; from < text.length(); from += letters) {
            for (CitationMarks.Piece piece : marks.add(text.substring(from, Math.min(text.length(), from + letters)))) {
                clean.append(piece.text());
                piece.numbers().forEach(number -> found.add(number + "@" + clean.length()));
            }
        }
        clean.append(marks.rest());
        return new Read(clean.toString(), found);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            It turns [1].                | It turns.          | 1@8
            It turns. [1] It stops. [2]  | It turns. It stops. | 1@9,2@19
            It turns [1, 3].             | It turns.          | 1@8,3@8
            It turns[1][2].              | It turns.          | 1@8,2@8
            It turns [Source 2].         | It turns.          | 2@8
            水车转动【2】。                 | 水车转动。           | 2@4
            Call `a[1]` twice [2].       | Call `a[1]` twice. | 2@17
            See [the mill] and [2024].   | See [the mill] and [2024]. |
            It turns [                   | It turns [         |
            """)
    void marks_are_taken_out_wherever_the_text_is_cut(String text, String clean, String marks) {
        for (int letters = 1; letters <= text.length(); letters++) {
            Read read = read(text, letters);
            assertThat(read.text()).as("in pieces of %d", letters).isEqualTo(clean);
            assertThat(String.join(",", read.marks())).isEqualTo(marks == null ? "" : marks);
        }
    }

    @Test
    void text_without_marks_is_held_back_for_no_longer_than_needed() {
        CitationMarks marks = new CitationMarks();
        assertThat(marks.add("The wheel")).containsExactly(new CitationMarks.Piece("The wheel", List.of()));
        assertThat(marks.add(" [1")).isEmpty();
        assertThat(marks.add("0 o'clock")).containsExactly(new CitationMarks.Piece(" [10 o'clock", List.of()));
    }
}
