package dev.millrace.inference.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PromptLookupTest {
    private static final int MOST = 7;

    /** An answer whose every token is known beforehand, and what its drafts came to. */
    private static final class Told {
        final PromptLookup lookup;
        final StepCosts costs;
        final IntUnaryOperator text;
        int[] ids;
        int length;
        int steps;
        int drafted;
        int accepted;

        // in steps of one row
        double time;

        Told(int[] prompt, StepCosts costs, IntUnaryOperator text) {
            this.costs = costs;
            this.lookup = new PromptLookup(prompt.length, costs);
            this.text = text;
            this.ids = Arrays.copyOf(prompt, 20_000);
            this.length = prompt.length;
        }

        void step() {
            int drafts = lookup.draft(ids, length, 1, MOST);
            int[] tried = Arrays.copyOfRange(ids, length, length + drafts);
            int right = 0;
            while (right < drafts && tried[right] == text.applyAsInt(length + right)) {
                right++;
            }
            if (drafts > 0) {
                lookup.settle(drafts, right);
            }
            for (int i = 0; i <= right; i++, length++) {
                ids[length] = text.applyAsInt(length);
            }
            steps++;
            time += costs.with(1, drafts);
            drafted += drafts;
            accepted += right;
        }

        void readTo(int end) {
            while (length < end) {
                step();
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"300, 0.1", "1000, 0.1", "5000, 0.1", "1000, 0.02", "300, 0.4", "5000, 0.4"})
    void under_3_percent_of_the_time_is_lost_where_nothing_that_follows_repeats(int tokens, float row) {
        long seed = new Random().nextLong();
        System.out.println("waste with seed " + seed);
        // thirty ids: pairs come again all the time, and what follows them is chance
        int[] text = new Random(seed).ints(tokens + 200, 0, 30).toArray();
        Told told = new Told(Arrays.copyOf(text, 100), StepCostsTest.learnt(row), i -> text[i]);
        told.readTo(100 + tokens);
        System.out.printf("%d of %d drafts came true in %d steps%n", told.accepted, told.drafted, told.steps);
        assertThat(told.drafted).isPositive();
        assertThat(told.time / (told.length - 100)).isLessThan(1.03);
    }

    @Test
    void a_text_without_any_pair_that_comes_again_has_no_drafts() {
        Told told = new Told(new int[] {1, 2, 3}, StepCosts.fixed(), i -> i);
        told.readTo(2_000);
        assertThat(told.drafted).isZero();
    }

    @Test
    void drafts_grow_as_they_come_true() {
        int[] prompt = IntStream.range(0, 400).map(i -> i * i % 9_973).toArray();
        Told told = new Told(prompt, StepCosts.fixed(), i -> prompt[i % 400]);
        told.readTo(800);
        // one of the first tokens for each pair, then more and more a step
        assertThat(told.steps).isLessThan(80);
        int steps = told.steps;
        told.readTo(1_200);
        assertThat(told.steps - steps).isEqualTo(50);
        assertThat(told.drafted - told.accepted).isZero();
    }

    @Test
    void after_a_long_text_of_its_own_an_answer_that_repeats_is_found_out_soon() {
        long seed = new Random().nextLong();
        System.out.println("change with seed " + seed);
        int[] text = new Random(seed).ints(3_000, 0, 40).toArray();
        Told told = new Told(Arrays.copyOf(text, 500), StepCosts.fixed(), i -> i < 2_500 ? text[i] : text[i - 2_000]);
        told.readTo(2_500);
        int steps = told.steps;
        told.readTo(2_900);
        System.out.printf("%d steps for 400 tokens%n", told.steps - steps);
        assertThat(told.steps - steps).isLessThan(120);
    }

    @Test
    void nothing_is_tried_where_a_row_costs_as_much_as_a_step() {
        int[] prompt = IntStream.range(0, 400).map(i -> i * i % 9_973).toArray();
        Told told = new Told(prompt, StepCostsTest.learnt(1), i -> prompt[i % 400]);
        told.readTo(2_000);
        assertThat(told.drafted).isZero();
    }

    @Test
    void beside_others_fewer_are_tried_and_none_where_a_step_is_full() {
        // read as often as it takes to be trusted
        int[] prompt = IntStream.range(0, 400).map(i -> i * i % 9_973).toArray();
        StepCosts costs = StepCostsTest.learnt(0.4f);
        Told told = new Told(prompt, costs, i -> prompt[i % 400]);
        told.readTo(1_200);
        int alone = told.lookup.draft(told.ids, told.length, 1, 7);
        int besideThree = told.lookup.draft(told.ids, told.length, 4, 4);
        assertThat(alone).isGreaterThanOrEqualTo(3);
        assertThat(besideThree).isBetween(1, alone);
        assertThat(told.lookup.draft(told.ids, told.length, 8, 0)).isZero();
    }

    @Test
    void embeddings_are_never_drafts() {
        int[] prompt = {5, 6, 7, -1, -1, -1, 5, 6};
        int[] ids = Arrays.copyOf(prompt, 16);
        PromptLookup lookup = new PromptLookup(prompt.length, StepCosts.fixed());
        assertThat(lookup.draft(ids, 8, 1, MOST)).isEqualTo(1);
        assertThat(ids[8]).isEqualTo(7);
        assertThat(lookup.draft(ids, 9, 1, MOST)).isZero();
    }
}
