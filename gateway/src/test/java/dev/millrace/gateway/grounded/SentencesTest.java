package dev.millrace.gateway.grounded;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SentencesTest {
    private static final String TEXT =
            "Dr. Mill built it in 1820. It cost 3.5 million! Why?\n- one line\n- another\n水车转动。磨坊很老。";

    private static List<String> sentences(String text) {
        return Sentences.of(text).stream().map(span -> span.of(text)).toList();
    }

    @Test
    void english_chinese_and_lines_are_told_apart() {
        assertThat(sentences(TEXT))
                .containsExactly(
                        "Dr. Mill built it in 1820.",
                        "It cost 3.5 million!",
                        "Why?",
                        "- one line",
                        "- another",
                        "水车转动。",
                        "磨坊很老。");
    }

    @Test
    void the_number_of_a_list_is_no_sentence() {
        assertThat(sentences("1. The wheel turns.\n2. The mill grinds."))
                .containsExactly("1. The wheel turns.", "2. The mill grinds.");
    }

    @Test
    void a_text_that_grows_letter_by_letter_has_the_same_sentences() {
        StringBuilder grown = new StringBuilder();
        List<String> found = new ArrayList<>();
        int start = 0;
        for (int i = 0; i < TEXT.length(); i++) {
            grown.append(TEXT.charAt(i));
            for (int border : Sentences.borders(grown, start)) {
                found.add(Sentences.trimmed(grown, start, border).of(grown));
                start = border;
            }
        }
        found.add(grown.substring(start));
        assertThat(found).isEqualTo(sentences(TEXT));
    }
}
