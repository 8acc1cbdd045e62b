package dev.millrace.rag.check;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClaimsTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "Sure, here is a summary of the text.",
                "Here's what I found.",
                "How old is the mill?",
                "The sources say:",
                "I hope this helps!",
                "---",
                "好的。",
                "希望对你有帮助！"
            })
    void talk_makes_no_claim(String sentence) {
        assertThat(Claims.isClaim(sentence)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "No patient died.",
                "Nothing was found.",
                "Yes, the mill was built in 1804.",
                "Here is the mill that John Carter built in 1804, and where he lived.",
                "Thanks to the river, the mill turns.",
                "好的水车用木头做成。"
            })
    void what_a_source_could_support_is_a_claim(String sentence) {
        assertThat(Claims.isClaim(sentence)).isTrue();
    }
}
