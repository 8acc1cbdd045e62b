package dev.millrace.inference.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class StepCostsTest {
    /** Costs after steps of all sizes, each row of which adds {@code row} of what a single one takes. */
    static StepCosts learnt(float row) {
        StepCosts costs = StepCosts.measured();
        for (int i = 0; i < 400; i++) {
            int rows = 1 + i % StepCosts.MOST_ROWS;
            costs.took(rows, (long) (10_000_000 * (1 + (rows - 1) * row)));
        }
        return costs;
    }

    @Test
    void what_rows_add_is_learnt_whatever_a_step_takes() {
        for (float row : new float[] {0.02f, 0.3f, 1}) {
            StepCosts costs = learnt(row);
            assertThat(costs.with(1, 3)).isCloseTo(1 + 3 * row, within(0.1f * (1 + 3 * row)));
            assertThat(costs.with(4, 4)).isCloseTo((1 + 7 * row) / (1 + 3 * row), within(0.1f));
        }
    }

    @Test
    void steps_that_slow_down_as_texts_grow_change_nothing() {
        StepCosts costs = StepCosts.measured();
        for (int i = 0; i < 2_000; i++) {
            int rows = i % 3 == 0 ? 4 : 1;
            costs.took(rows, (long) (10_000 * (500 + i) * (1 + (rows - 1) * 0.25)));
        }
        assertThat(costs.with(1, 3)).isCloseTo(1.75f, within(0.1f));
    }

    @Test
    void a_step_that_was_disturbed_counts_little_and_is_forgotten() {
        long seed = new Random().nextLong();
        System.out.println("disturbances with seed " + seed);
        Random random = new Random(seed);
        StepCosts costs = learnt(0.1f);
        for (int i = 0; i < 300; i++) {
            int rows = random.nextInt(10) == 0 ? 4 : 1;
            long nanos = (long) (10_000_000 * (1 + (rows - 1) * 0.1));
            costs.took(rows, random.nextInt(20) == 0 ? 30 * nanos : nanos);
        }
        assertThat(costs.with(1, 3)).isBetween(1f, 2f);
        for (int i = 0; i < 8; i++) {
            costs.took(8, 10_000_000_000L);
        }
        float disturbed = costs.with(1, 7);
        for (int i = 0; i < 2_000; i++) {
            costs.took(1, 10_000_000);
        }
        assertThat(costs.with(1, 7)).isLessThan(2 + (disturbed - 2) / 2);
    }

    @Test
    void steps_with_more_rows_than_drafts_could_add_are_none_of_its_business() {
        StepCosts costs = StepCosts.measured();
        float before = costs.with(1, 7);
        costs.took(64, 1);
        costs.took(0, 1);
        assertThat(costs.with(1, 7)).isEqualTo(before);
    }

    @Test
    void fixed_costs_stay() {
        StepCosts costs = StepCosts.fixed();
        costs.took(1, 100);
        costs.took(4, 400_000);
        assertThat(costs.with(1, 3)).isCloseTo(4 / 3f, within(1e-6f));
    }
}
