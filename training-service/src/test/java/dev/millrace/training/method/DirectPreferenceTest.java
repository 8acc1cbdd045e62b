package dev.millrace.training.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.millrace.training.method.DirectPreference.Loss;
import dev.millrace.training.method.DirectPreference.Settings;
import dev.millrace.training.method.Method.Judged;
import dev.millrace.training.method.Method.Outcome;
import dev.millrace.training.method.Method.StepTotals;
import dev.millrace.training.model.TokenScores;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DirectPreferenceTest {
    private static DirectPreference of(Loss loss, double beta, double smoothing) {
        return new DirectPreference(new Settings(loss, beta, smoothing, false));
    }

    @ParameterizedTest
    @CsvSource({
        "SIGMOID,0,0.6931",
        "SIGMOID,10,0.3133",
        "SIGMOID,20,0.1269",
        "HINGE,0,1",
        "HINGE,10,0",
        "HINGE,20,0",
        "IPO,0,25",
        "IPO,5,0"
    })
    void losses_are_those_of_the_papers(Loss loss, double delta, double expected) {
        assertThat(of(loss, 0.1, 0).loss(delta)).isCloseTo(expected, within(5e-5));
    }

    @ParameterizedTest
    @CsvSource({"SIGMOID,0", "SIGMOID,0.2", "HINGE,0", "IPO,0"})
    void a_slope_is_the_loss_s_derivative(Loss loss, double smoothing) {
        DirectPreference method = of(loss, 0.3, smoothing);
        for (double delta = -7.05; delta < 8; delta += 0.9) {
            double difference = (method.loss(delta + 1e-6) - method.loss(delta - 1e-6)) / 2e-6;
            assertThat(method.slope(delta)).as("at " + delta).isCloseTo(difference, within(1e-7));
        }
    }

    @ParameterizedTest
    @CsvSource({"SIGMOID", "HINGE", "IPO"})
    void coefficients_are_the_loss_s_derivatives_by_each_log_probability(Loss loss) {
        DirectPreference method = of(loss, 0.1, 0);
        StepTotals totals = new StepTotals(5, 3);
        double[] chosen = {-1, -2.5, -0.5};
        double[] rejected = {-1.5, -2};
        Outcome outcome = method.evaluate(List.of(judged(chosen, rejected)), totals);
        for (int i = 0; i < chosen.length; i++) {
            double[] moved = chosen.clone();
            moved[i] += 1e-6;
            double after =
                    method.evaluate(List.of(judged(moved, rejected)), totals).loss();
            assertThat(outcome.coefficients().getFirst().get(0)[i])
                    .isCloseTo((after - outcome.loss()) / 1e-6, within(1e-5));
        }
        double[] moved = rejected.clone();
        moved[1] += 1e-6;
        double after = method.evaluate(List.of(judged(chosen, moved)), totals).loss();
        assertThat(outcome.coefficients().getFirst().get(1)[1])
                .isCloseTo((after - outcome.loss()) / 1e-6, within(1e-5));
    }

    @Test
    void settings_that_cannot_be_are_refused_with_the_value() {
        assertThatThrownBy(() -> of(Loss.SIGMOID, -1, 0))
                .hasMessageContaining("beta")
                .hasMessageContaining("-1");
        assertThatThrownBy(() -> of(Loss.SIGMOID, 0.1, 0.7)).hasMessageContaining("0.7");
        assertThatThrownBy(() -> of(Loss.HINGE, 0.1, 0.1)).hasMessageContaining("HINGE");
    }

    private static Judged judged(double[] chosen, double[] rejected) {
        return new Judged(
                List.of(new TokenScores(chosen, 0, 0), new TokenScores(rejected, 0, 0)), List.of(-3.5, -4.25));
    }
}
