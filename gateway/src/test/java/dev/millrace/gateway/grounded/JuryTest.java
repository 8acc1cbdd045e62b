package dev.millrace.gateway.grounded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.protobuf.ByteString;
import dev.millrace.contracts.v1.CheckedSentence;
import dev.millrace.contracts.v1.Source;
import dev.millrace.contracts.v1.TokenLogprob;
import dev.millrace.contracts.v1.Verdict;
import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JuryTest {
    private static final double CHECK = 0.28;
    private static final double MODEL = 0.8;

    private static CheckedSentence claim(double score, Verdict verdict) {
        CheckedSentence.Builder claim = CheckedSentence.newBuilder()
                .setText("It is six metres high.")
                .setPremise("The wheel is five metres high.")
                .setScore(score)
                .setVerdict(verdict)
                .setClosest(Source.newBuilder().setQuote("The wheel is five metres high."));
        if (verdict != Verdict.VERDICT_NOT_FOUND) {
            claim.setSource(claim.getClosest());
        }
        return claim.build();
    }

    private static CheckedSentence weighed(Judge judge, double check, Verdict verdict, double yes) {
        return Jury.weighed(judge, claim(check, verdict), CHECK, OptionalDouble.of(yes), MODEL);
    }

    @ParameterizedTest
    @CsvSource({
        // both say so
        "0.9, VERDICT_SUPPORTED, 0.95, VERDICT_SUPPORTED",
        // the surer one is right
        "0.9, VERDICT_SUPPORTED, 0.7, VERDICT_SUPPORTED",
        "0.2, VERDICT_NOT_FOUND, 0.99, VERDICT_SUPPORTED",
        "0.3, VERDICT_SUPPORTED, 0.2, VERDICT_NOT_FOUND",
        "0.05, VERDICT_CONTRADICTED, 0.85, VERDICT_CONTRADICTED",
        "0.05, VERDICT_NOT_FOUND, 0.85, VERDICT_NOT_FOUND",
        // at both thresholds
        "0.28, VERDICT_SUPPORTED, 0.8, VERDICT_SUPPORTED",
        // nobody is sure enough to leave the other no say
        "0.0, VERDICT_CONTRADICTED, 0.999, VERDICT_CONTRADICTED",
        "0.9, VERDICT_SUPPORTED, 0.0, VERDICT_NOT_FOUND",
        "1.0, VERDICT_SUPPORTED, 0.01, VERDICT_SUPPORTED"
    })
    void in_a_vote_the_surer_one_decides(double check, Verdict before, double yes, Verdict after) {
        CheckedSentence voted = weighed(Judge.VOTE, check, before, yes);
        assertThat(voted.getVerdict()).isEqualTo(after);
        assertThat(voted.getScore() >= 0.5).isEqualTo(after == Verdict.VERDICT_SUPPORTED);
        assertThat(voted.hasSource()).isEqualTo(after != Verdict.VERDICT_NOT_FOUND);
    }

    @Test
    void the_vote_s_score_is_a_half_where_both_are_at_their_thresholds_and_grows_with_either() {
        assertThat(weighed(Judge.VOTE, CHECK, Verdict.VERDICT_SUPPORTED, MODEL).getScore())
                .isCloseTo(0.5, within(1e-9));
        assertThat(weighed(Judge.VOTE, 0.5, Verdict.VERDICT_SUPPORTED, MODEL).getScore())
                .isGreaterThan(0.5);
        assertThat(weighed(Judge.VOTE, CHECK, Verdict.VERDICT_SUPPORTED, 0.9).getScore())
                .isGreaterThan(0.5);
    }

    @Test
    void the_model_alone_tells_supported_from_not_found_by_its_threshold() {
        assertThat(weighed(Judge.MODEL, 0.01, Verdict.VERDICT_NOT_FOUND, 0.81)).satisfies(judged -> {
            assertThat(judged.getVerdict()).isEqualTo(Verdict.VERDICT_SUPPORTED);
            assertThat(judged.getScore()).isEqualTo(0.81);
            assertThat(judged.getSource().getQuote()).isEqualTo("The wheel is five metres high.");
        });
        assertThat(weighed(Judge.MODEL, 0.99, Verdict.VERDICT_SUPPORTED, 0.79)).satisfies(judged -> {
            assertThat(judged.getVerdict()).isEqualTo(Verdict.VERDICT_NOT_FOUND);
            assertThat(judged.hasSource()).isFalse();
        });
    }

    @Test
    void the_check_s_word_stands_where_it_judges_alone_or_the_model_says_neither() {
        CheckedSentence claim = claim(0.9, Verdict.VERDICT_SUPPORTED);
        assertThat(Jury.weighed(Judge.CHECK, claim, CHECK, OptionalDouble.of(0), MODEL))
                .isEqualTo(claim);
        assertThat(Jury.weighed(Judge.VOTE, claim, CHECK, OptionalDouble.empty(), MODEL))
                .isEqualTo(claim);
    }

    private static TokenLogprob token(String text, double probability) {
        return TokenLogprob.newBuilder()
                .setToken(ByteString.copyFromUtf8(text))
                .setLogprob((float) Math.log(probability))
                .build();
    }

    @Test
    void yes_is_its_share_of_yes_and_no_in_whatever_case() {
        assertThat(ModelJudge.yes(List.of(token("Yes", 0.5), token(" yes", 0.1), token("No", 0.2), token("The", 0.2)))
                        .orElseThrow())
                .isCloseTo(0.75, within(1e-6));
        assertThat(ModelJudge.yes(List.of(token("The", 0.9)))).isEmpty();
    }
}
