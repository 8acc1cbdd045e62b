package dev.millrace.inference.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PromptLookupTest {
    private static final int MOST = 7;

    /** An answer whose every token is known beforehand, and what its drafts came to. */
    private static final class Told {
        final PromptLookup lookup;
        final IntUnaryOperator text;
        int[] ids;
        int length;
        int steps;
        int drafted;
        int accepted;

        Told(int[] prompt, IntUnaryOperator text) {
            this.lookup = new PromptLookup(prompt.length);
            this.text = text;
            this.ids = Arrays.copyOf(prompt, 20_000);
            this.length = prompt.length;
        }

        void step() {
            int drafts = lookup.draft(ids, length, MOST);
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
    @ValueSource(ints = {300, 1_000, 5_000})
    void under_3_percent_of_the_rows_are_wasted_where_nothing_that_follows_repeats(int tokens) {
        long seed = new Random().nextLong();
        System.out.println("waste with seed " + seed);
        // thirty ids: pairs come again all the time, and what follows them is chance
        int[] text = new Random(seed).ints(tokens + 200, 0, 30).toArray();
        Told told = new Told(Arrays.copyOf(text, 100), i -> text[i]);
        told.readTo(100 + tokens);
        int wasted = told.drafted - told.accepted;
        System.out.printf("%d of %d drafts came true in %d steps%n", told.accepted, told.drafted, told.steps);
        assertThat(told.drafted).isPositive();
        // each that came true by chance saved a step, and that may be spent too
        assertThat((double) (wasted - 5 * told.accepted) / tokens).isLessThan(0.03);
        assertThat((double) wasted / (told.steps + told.drafted)).isLessThan(0.08);
    }

    @Test
    void a_text_without_any_pair_that_comes_again_has_no_drafts() {
        Told told = new Told(new int[] {1, 2, 3}, i -> i);
        told.readTo(2_000);
        assertThat(told.drafted).isZero();
    }

    @Test
    void drafts_grow_as_they_come_true() {
        int[] prompt = IntStream.range(0, 400).map(i -> i * i % 9_973).toArray();
        Told told = new Told(prompt, i -> prompt[i % 400]);
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
        Told told = new Told(Arrays.copyOf(text, 500), i -> i < 2_500 ? text[i] : text[i - 2_000]);
        told.readTo(2_500);
        int steps = told.steps;
        told.readTo(2_900);
        System.out.printf("%d steps for 400 tokens%n", told.steps - steps);
        assertThat(told.steps - steps).isLessThan(120);
    }

    @Test
    void embeddings_are_never_drafts() {
        int[] prompt = {5, 6, 7, -1, -1, -1, 5, 6};
        int[] ids = Arrays.copyOf(prompt, 16);
        PromptLookup lookup = new PromptLookup(prompt.length);
        assertThat(lookup.draft(ids, 8, MOST)).isEqualTo(1);
        assertThat(ids[8]).isEqualTo(7);
        assertThat(lookup.draft(ids, 9, MOST)).isZero();
    }
}
