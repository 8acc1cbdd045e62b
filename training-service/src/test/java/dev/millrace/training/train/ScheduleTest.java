package dev.millrace.training.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class ScheduleTest {
    @Test
    void the_rate_rises_over_the_warm_up_and_falls_along_half_a_cosine() {
        Schedule schedule = new Schedule(Schedule.Shape.COSINE, 10, 100);
        assertThat(0.2 * schedule.factor(0)).isZero();
        assertThat(0.2 * schedule.factor(5)).isCloseTo(0.1, within(1e-12));
        assertThat(0.2 * schedule.factor(10)).isCloseTo(0.2, within(1e-12));
        assertThat(0.2 * schedule.factor(55)).isCloseTo(0.1, within(1e-12));
        assertThat(0.2 * schedule.factor(100)).isCloseTo(0, within(1e-12));
    }

    @Test
    void the_rate_falls_in_a_line_or_not_at_all() {
        assertThat(new Schedule(Schedule.Shape.LINEAR, 10, 110).factor(60)).isCloseTo(0.5, within(1e-12));
        assertThat(new Schedule(Schedule.Shape.CONSTANT, 10, 110).factor(60)).isEqualTo(1);
    }
}
