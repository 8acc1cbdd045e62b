package dev.millrace.inference.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.inference.cache.BlockPool;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DraftsTest {
    private long arrivals;

    /** Proposes the tokens that follow its last one in counting. */
    private static final class Counting extends Sequence {
        private final int proposes;
        private final List<String> outcomes = new ArrayList<>();

        Counting(long arrival, BlockPool pool, int promptTokens, int proposes) {
            super(
                    arrival,
                    0,
                    Prompt.of(IntStream.range(0, promptTokens).toArray()),
                    "salt " + arrival,
                    pool,
                    Optional.empty());
            this.proposes = proposes;
        }

        @Override
        public int wantedFrom() {
            return length() - 1;
        }

        @Override
        protected int draft(int[] ids, int length, int rows, int most) {
            int count = Math.min(proposes, most);
            for (int i = 0; i < count; i++) {
                ids[length + i] = length + i;
            }
            return count;
        }

        @Override
        protected void drafted(int drafts, int accepted) {
            outcomes.add(accepted + " of " + drafts);
        }

        void grow(int id) {
            append(id);
        }
    }

    private Counting counting(BlockPool pool, int promptTokens, int proposes) {
        return new Counting(arrivals++, pool, promptTokens, proposes);
    }

    /** Reads prompts: all of them generate afterwards. */
    private static void read(Scheduler<Counting> scheduler, Counting... sequences) {
        List.of(sequences).forEach(scheduler::add);
        List<Counting> plan = scheduler.next(64);
        assertThat(plan).containsExactly(sequences);
        scheduler.computed(plan);
        plan.forEach(sequence -> sequence.grow(sequence.length()));
        scheduler.settle(plan);
    }

    @Test
    void what_is_left_of_a_small_step_is_shared_by_what_each_proposes() {
        BlockPool pool = new BlockPool(64, 4);
        Scheduler<Counting> scheduler = new Scheduler<>(pool, new Limits(64, 64, 8, 8), (_, _) -> {});
        Counting much = counting(pool, 5, 20);
        Counting little = counting(pool, 5, 2);
        Counting none = counting(pool, 5, 0);
        read(scheduler, much, little, none);
        scheduler.next(64);
        // five rows for seven drafts
        assertThat(much.drafts()).isEqualTo(4);
        assertThat(little.drafts()).isEqualTo(1);
        assertThat(none.drafts()).isZero();
        assertThat(much.scheduled() + little.scheduled() + none.scheduled()).isEqualTo(8);
        assertThat(much.results()).isEqualTo(5);
    }

    @Test
    void a_step_that_reads_a_prompt_has_none() {
        BlockPool pool = new BlockPool(64, 4);
        Scheduler<Counting> scheduler = new Scheduler<>(pool, new Limits(64, 64, 8, 8), (_, _) -> {});
        Counting answer = counting(pool, 5, 4);
        read(scheduler, answer);
        Counting prompt = counting(pool, 30, 4);
        scheduler.add(prompt);
        assertThat(scheduler.next(64)).containsExactly(answer, prompt);
        assertThat(answer.drafts()).isZero();
        assertThat(prompt.drafts()).isZero();
    }

    @Test
    void the_steps_own_bounds_hold_for_them() {
        BlockPool pool = new BlockPool(64, 4);
        Scheduler<Counting> tokens = new Scheduler<>(pool, new Limits(6, 6, 2, 8), (_, _) -> {});
        Counting one = counting(pool, 5, 20);
        read(tokens, one);
        tokens.next(64);
        assertThat(one.scheduled()).isEqualTo(6);
        Scheduler<Counting> results = new Scheduler<>(pool, new Limits(16, 3, 2, 8), (_, _) -> {});
        Counting other = counting(pool, 5, 20);
        read(results, other);
        results.next(64);
        assertThat(other.results()).isEqualTo(3);
        Scheduler<Counting> off = new Scheduler<>(pool, new Limits(16, 16, 2), (_, _) -> {});
        Counting third = counting(pool, 5, 20);
        read(off, third);
        off.next(64);
        assertThat(third.drafts()).isZero();
    }

    @Test
    void they_take_no_block_from_anyone() {
        BlockPool pool = new BlockPool(4, 4);
        Scheduler<Counting> scheduler = new Scheduler<>(pool, new Limits(64, 64, 8, 8), (_, _) -> {});
        Counting first = counting(pool, 6, 20);
        Counting second = counting(pool, 7, 20);
        read(scheduler, first, second);
        scheduler.next(64);
        assertThat(scheduler.preemptions()).isZero();
        // each has two blocks of four and no other is free: 7 of 8 and 8 of 8 tokens
        assertThat(first.drafts()).isEqualTo(1);
        assertThat(second.drafts()).isZero();
    }

    @Test
    void those_that_come_true_are_tokens_like_others_and_the_rest_leaves_no_trace() {
        BlockPool pool = new BlockPool(16, 4);
        Scheduler<Counting> scheduler = new Scheduler<>(pool, new Limits(64, 64, 8, 8), (_, _) -> {});
        Counting sequence = counting(pool, 6, 7);
        read(scheduler, sequence);
        List<Counting> plan = scheduler.next(64);
        assertThat(sequence.drafts()).isEqualTo(7);
        assertThat(sequence.blocks().size()).isEqualTo(4);
        scheduler.computed(plan);
        assertThat(sequence.computed()).isEqualTo(7);
        sequence.grow(7);
        sequence.grow(8);
        // position 9 is another's
        sequence.grow(100);
        scheduler.settle(plan);
        assertThat(sequence.outcomes).containsExactly("2 of 7");
        assertThat(sequence.length()).isEqualTo(10);
        assertThat(sequence.computed()).isEqualTo(9);
        assertThat(sequence.id(9)).isEqualTo(100);
        assertThat(sequence.blocks().size()).isEqualTo(3);
        assertThat(sequence.blocks().published()).isEqualTo(2);
        assertThat(pool.used()).isEqualTo(3);
        scheduler.next(64);
        assertThat(sequence.computed() + sequence.scheduled()).isGreaterThan(sequence.length());
    }

    @Test
    void those_of_an_answer_that_ends_with_them_stay_in_the_cache() {
        BlockPool pool = new BlockPool(16, 4);
        Scheduler<Counting> scheduler = new Scheduler<>(pool, new Limits(64, 64, 8, 8), (_, _) -> {});
        Counting sequence = counting(pool, 6, 7);
        read(scheduler, sequence);
        scheduler.computed(scheduler.next(64));
        sequence.grow(7);
        sequence.grow(8);
        scheduler.end(sequence);
        assertThat(sequence.outcomes).containsExactly("2 of 7");
        assertThat(pool.used()).isZero();
        // two blocks, and the beginning of the third
        assertThat(pool.cached()).isEqualTo(3);
        pool.check(new int[16]);
    }
}
