package dev.millrace.standalone.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class SpreadTest {
    @Test
    void the_median_is_the_middle_one_whatever_the_order() {
        Spread spread = Spread.of(List.of(30.0, 10.0, 11.0));
        assertThat(spread).isEqualTo(new Spread(11, 10, 30, 3));
        assertThat(spread.deviation()).isCloseTo(19.0 / 11, within(1e-12));
    }

    @Test
    void of_an_even_number_the_median_lies_between_the_two_middle_ones() {
        assertThat(Spread.of(List.of(4.0, 1.0, 2.0, 9.0)).median()).isEqualTo(3);
    }

    @Test
    void percentiles_lie_between_ranks_as_numpy_has_them() {
        // numpy.percentile([15, 20, 35, 40, 50], [0, 40, 50, 99, 100])
        double[] sorted = {15, 20, 35, 40, 50};
        assertThat(Spread.percentile(sorted, 0)).isEqualTo(15);
        assertThat(Spread.percentile(sorted, 40)).isCloseTo(29, within(1e-9));
        assertThat(Spread.percentile(sorted, 50)).isEqualTo(35);
        assertThat(Spread.percentile(sorted, 99)).isCloseTo(49.6, within(1e-9));
        assertThat(Spread.percentile(sorted, 100)).isEqualTo(50);
    }

    @Test
    void a_rate_has_its_ends_swapped() {
        Spread rate = new Spread(200, 100, 400, 3).under(1000);
        assertThat(rate).isEqualTo(new Spread(5, 2.5, 10, 3));
    }

    @Test
    void nothing_has_no_median() {
        assertThatThrownBy(() -> Spread.of(List.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("nothing was measured");
    }

    @Test
    void gaps_are_told_by_median_p99_and_longest() {
        List<Double> hundred = java.util.stream.IntStream.rangeClosed(1, 100)
                .mapToObj(i -> (double) i)
                .toList();
        Gaps gaps = Gaps.of(hundred);
        assertThat(gaps.median()).isEqualTo(50.5);
        assertThat(gaps.p99()).isCloseTo(99.01, within(1e-9));
        assertThat(gaps.max()).isEqualTo(100);
        assertThat(Gaps.of(List.of()).count()).isZero();
    }

    @Test
    void a_ratio_above_one_says_that_the_first_is_better() {
        assertThat(Ratio.of(30, 20, true)).isEqualTo(1.5);
        assertThat(Ratio.of(30, 20, false)).isCloseTo(2.0 / 3, within(1e-12));
    }
}
