package dev.millrace.standalone.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class AxisTest {
    @Test
    void a_linear_axis_begins_at_zero_and_ends_at_a_round_number() {
        Axis axis = Axis.upTo(437, 300, 0);
        assertThat(axis.ticks()).containsExactly(0.0, 100.0, 200.0, 300.0, 400.0, 500.0);
        assertThat(axis.at(0)).isEqualTo(300);
        assertThat(axis.at(250)).isEqualTo(150);
    }

    @Test
    void a_logarithmic_axis_holds_whole_decades() {
        Axis axis = Axis.decades(3, 420, 0, 300);
        assertThat(axis.ticks()).containsExactly(1.0, 10.0, 100.0, 1000.0);
        assertThat(axis.at(10)).isCloseTo(100, within(1e-9));
        assertThat(Axis.name(1000)).isEqualTo("1,000");
        assertThat(Axis.name(0.1)).isEqualTo("0.10");
    }
}
