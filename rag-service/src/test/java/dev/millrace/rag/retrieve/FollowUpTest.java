package dev.millrace.rag.retrieve;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FollowUpTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "When was it constructed?",
                "And the wheel?",
                "What about the wheel?",
                "Why?",
                "How so?",
                "Who are its owners?",
                "它是哪一年建的？",
                "那水轮呢？"
            })
    void what_points_back_leans(String question) {
        assertThat(FollowUp.leans(question)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "When was the mill constructed?",
                "Why is the sky blue?",
                "Which settings does the gateway have that a restart needs?",
                "Italian millers",
                "They say that the grain of the upper valley is ground in the old mill by the river",
                "磨坊是哪一年建的？"
            })
    void what_stands_by_itself_does_not(String question) {
        assertThat(FollowUp.leans(question)).isFalse();
    }

    @Test
    void a_question_that_leans_is_looked_for_beside_itself_with_the_one_before() {
        assertThat(FollowUp.with(List.of("When was it built?", "Year built"), "Who owns the mill?"))
                .containsExactly("When was it built?", "Year built", "Who owns the mill?\nWhen was it built?");
        assertThat(FollowUp.with(List.of("When was it built?"), " ")).containsExactly("When was it built?");
        assertThat(FollowUp.with(List.of("Who is the miller?"), "Who owns the mill?"))
                .containsExactly("Who is the miller?");
    }
}
