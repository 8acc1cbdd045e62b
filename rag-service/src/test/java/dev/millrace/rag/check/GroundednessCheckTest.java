package dev.millrace.rag.check;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.rag.check.CheckedText.Sentence;
import java.util.List;
import org.junit.jupiter.api.Test;

/** With the shipped model. */
class GroundednessCheckTest {
    private static final List<String> PASSAGES = List.of(
            "Windmills are common in the Netherlands.",
            "The old mill stands by the river Ouse. It was built in 1804 by John Carter. Its wheel has a diameter of 7 metres.");

    @Test
    void each_sentence_has_its_verdict_and_the_words_that_it_rests_on() {
        try (CrossEncoder encoder = new CrossEncoder(1)) {
            GroundednessCheck check = new GroundednessCheck(encoder);
            String text = "Sure, here is what I found. The old mill was built in 1804 by John Carter."
                    + " The old mill was built in 1910 by John Carter. Is that all?";
            CheckedText checked = check.check(text, PASSAGES);
            assertThat(checked.sentences()).hasSize(2);
            Sentence right = checked.sentences().get(0);
            Sentence wrong = checked.sentences().get(1);
            assertThat(right.verdict()).isEqualTo(Verdict.SUPPORTED);
            assertThat(right.source()).hasValueSatisfying(source -> {
                assertThat(source.passage()).isEqualTo(1);
                assertThat(source.quote()).isEqualTo("It was built in 1804 by John Carter.");
                assertThat(source.span().of(PASSAGES.get(1))).isEqualTo(source.quote());
            });
            assertThat(wrong.verdict()).isNotEqualTo(Verdict.SUPPORTED);
            assertThat(wrong.score()).isLessThan(right.score());
            assertThat(checked.score()).isEqualTo(wrong.score());
            assertThat(checked.verdict()).isEqualTo(wrong.verdict());
        }
    }

    @Test
    void without_passages_nothing_is_supported_and_without_claims_nothing_is_wrong() {
        try (CrossEncoder encoder = new CrossEncoder(1)) {
            GroundednessCheck check = new GroundednessCheck(encoder);
            assertThat(check.check("The mill is old.", List.of()).verdict()).isEqualTo(Verdict.NOT_FOUND);
            assertThat(check.check("Hello! How are you?", PASSAGES).sentences()).isEmpty();
        }
    }
}
