package dev.millrace.gateway.grounded;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ReasoningTest {
    /** As reasoning, and as answer. */
    private static List<String> parts(String text, int letters) {
        Reasoning reasoning = new Reasoning();
        List<Reasoning.Piece> pieces = new ArrayList<>();
        for (int from = 0; from < text.length(); from += letters) {
            pieces.addAll(reasoning.add(text.substring(from, Math.min(text.length(), from + letters))));
        }
        pieces.addAll(reasoning.rest());
        return List.of(joined(pieces, false), joined(pieces, true));
    }

    private static String joined(List<Reasoning.Piece> pieces, boolean ofAnswer) {
        return pieces.stream()
                .filter(piece -> piece.ofAnswer() == ofAnswer)
                .map(Reasoning.Piece::text)
                .collect(Collectors.joining());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Reasoning: Source 1 has it.~Answer: In 1820.|Source 1 has it.|In 1820.",
                "**Reasoning:**~It has it.~~**Answer:** In 1820.|It has it.|In 1820.",
                "<think>~It has it.~</think>~~In 1820.|It has it.|In 1820.",
                "<think>It has it.</think>Answer: In 1820.|It has it.|In 1820.",
                "Answer: In 1820.|''|In 1820.",
                "In 1820.|''|In 1820.",
                "The mill was built in 1820. Answer: that is what it says.|''|The mill was built in 1820. Answer: that is what it says.",
                "Reasoning: The Answer: is in source 1.~Answer: In 1820.|The Answer: is in source 1.|In 1820.",
                "Reasoning: Source 1 has it, and then the room ends|Source 1 has it, and then the room ends|''"
            })
    void a_text_is_parted_at_its_marks_however_it_comes(String text, String reasoning, String answer) {
        String lines = text.replace('~', '\n');
        for (int letters : List.of(1, 3, 7, lines.length())) {
            assertThat(parts(lines, letters))
                    .as("%d letters at a time", letters)
                    .containsExactly(reasoning, answer);
        }
    }

    @Test
    void reasoning_is_told_while_it_is_written() {
        Reasoning reasoning = new Reasoning();
        List<Reasoning.Piece> told =
                reasoning.add("Reasoning: the first source says when the mill was built, and where.");
        assertThat(told).isNotEmpty().allMatch(piece -> !piece.ofAnswer());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "\n"})
    void nothing_is_nothing(String text) {
        assertThat(parts(text, 1)).allMatch(String::isBlank);
    }
}
