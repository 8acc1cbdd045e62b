package dev.millrace.training.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.millrace.training.method.Method.Judged;
import dev.millrace.training.method.Method.Outcome;
import dev.millrace.training.method.Method.StepTotals;
import dev.millrace.training.model.TokenScores;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Bradley and Terry's loss against its formula. */
class RewardModelingTest {
    private static Judged pair(double chosen, double rejected) {
        return new Judged(
                List.of(new TokenScores(new double[] {chosen}, 0, 0), new TokenScores(new double[] {rejected}, 0, 0)),
                List.of());
    }

    @Test
    void the_loss_is_the_log_of_how_likely_the_chosen_one_wins() {
        assertThat(RewardModeling.loss(0)).isCloseTo(Math.log(2), within(1e-15));
        assertThat(RewardModeling.loss(1.5)).isCloseTo(-Math.log(1 / (1 + Math.exp(-1.5))), within(1e-15));
        assertThat(RewardModeling.loss(-2)).isCloseTo(-Math.log(1 / (1 + Math.exp(2))), within(1e-15));
        assertThat(RewardModeling.loss(-800)).isEqualTo(800);
        assertThat(RewardModeling.loss(800)).isZero();
    }

    @Test
    void slopes_are_the_differences_of_the_loss() {
        for (double margin : new double[] {-3, -0.5, 0, 0.1, 2}) {
            double difference = (RewardModeling.loss(margin + 1e-5) - RewardModeling.loss(margin - 1e-5)) / 2e-5;
            assertThat(RewardModeling.slope(margin)).isCloseTo(difference, within(1e-9));
        }
    }

    @Test
    void pairs_of_a_step_are_weighed_alike_in_whatever_parts_it_is_cut() {
        StepTotals totals = new StepTotals(0, 2);
        Outcome whole = new RewardModeling().evaluate(List.of(pair(1, 0), pair(-1, 1)), totals);
        Outcome first = new RewardModeling().evaluate(List.of(pair(1, 0)), totals);
        Outcome second = new RewardModeling().evaluate(List.of(pair(-1, 1)), totals);
        assertThat(whole.loss()).isCloseTo(first.loss() + second.loss(), within(1e-15));
        assertThat(whole.coefficients().get(1).get(0)[0])
                .isEqualTo(-whole.coefficients().get(1).get(1)[0])
                .isCloseTo(-0.5 / (1 + Math.exp(-2)), within(1e-15));
        assertThat(whole.metrics().get("accuracy")).isEqualTo(new Mean(1, 2));
        assertThat(whole.metrics().get("margin")).isEqualTo(new Mean(-1, 2));
        assertThat(whole.metrics().get("mean_reward")).isEqualTo(new Mean(1, 4));
    }
}
