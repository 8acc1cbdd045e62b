package dev.millrace.gateway.grounded;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AbstentionTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "The documents don't say.",
                "The documents do not say.",
                "The sources do not mention who built it.",
                "The provided text doesn't contain information on that.",
                "That is not mentioned in the sources.",
                "There is no information about this in the documents.",
                "文档中没有提到这一点。",
            })
    void a_model_that_declines_is_understood(String sentence) {
        assertThat(Abstention.isSaidBy(sentence)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "The mill was not built before 1820.",
                "The documents say that it was built in 1820.",
                "It does not contain a turbine.",
                "The text was printed in 1820.",
                "水车没有停。",
            })
    void an_answer_is_no_declining(String sentence) {
        assertThat(Abstention.isSaidBy(sentence)).isFalse();
    }
}
