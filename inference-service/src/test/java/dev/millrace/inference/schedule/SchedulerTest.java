package dev.millrace.inference.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.inference.cache.BlockPool;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SchedulerTest {
    private long arrivals;

    /** Wants a token after its prompt, and one after each. */
    private static final class Growing extends Sequence {
        Growing(long arrival, int priority, Prompt prompt, BlockPool pool, Optional<Sequence> leader) {
            super(arrival, priority, prompt, "", pool, leader);
        }

        @Override
        public int wantedFrom() {
            return length() - 1;
        }

        void grow(int id) {
            append(id);
        }
    }

    private Growing growing(BlockPool pool, int priority, int... prompt) {
        return new Growing(arrivals++, priority, Prompt.of(prompt), pool, Optional.empty());
    }

    private static int[] ids(int from, int count) {
        return IntStream.range(from, from + count).toArray();
    }

    /** Computes a step and lets those grow whose last token it computed. */
    private static List<Growing> step(Scheduler<Growing> scheduler) {
        List<Growing> plan = scheduler.next(Integer.MAX_VALUE);
        List<Growing> grown = plan.stream().filter(s -> s.results() > 0).toList();
        scheduler.computed(plan);
        grown.forEach(s -> s.grow(7));
        return plan;
    }

    @Test
    void answers_go_on_while_a_long_prompt_is_read_in_pieces() {
        BlockPool pool = new BlockPool(64, 4);
        Scheduler<Growing> scheduler = new Scheduler<>(pool, new Limits(8, 8, 4), (_, _) -> {});
        Growing answer = growing(pool, 0, 1, 2, 3);
        scheduler.add(answer);
        step(scheduler);
        // even if the prompt goes before it
        Growing prompt = growing(pool, 5, ids(100, 50));
        scheduler.add(prompt);
        for (int i = 0; i < 7; i++) {
            int before = answer.length();
            assertThat(step(scheduler)).contains(answer, prompt);
            assertThat(answer.length()).isEqualTo(before + 1);
        }
        assertThat(prompt.computed()).isEqualTo(49);
    }

    @Test
    void prompts_take_only_what_they_may_beside_answers_and_all_of_a_step_without() {
        BlockPool pool = new BlockPool(64, 4);
        Scheduler<Growing> scheduler = new Scheduler<>(pool, new Limits(32, 8, 4), (_, _) -> {});
        Growing answer = growing(pool, 0, 1);
        scheduler.add(answer);
        step(scheduler);
        Growing prompt = growing(pool, 0, ids(100, 90));
        scheduler.add(prompt);
        scheduler.computed(scheduler.next(5));
        assertThat(prompt.computed()).isEqualTo(5);
        scheduler.end(answer);
        scheduler.computed(scheduler.next(5));
        assertThat(prompt.computed()).isEqualTo(5 + 32);
    }

    @Test
    void the_waiting_go_by_priority_then_arrival_and_none_overtakes() {
        BlockPool pool = new BlockPool(8, 4);
        Scheduler<Growing> scheduler = new Scheduler<>(pool, new Limits(64, 64, 8), (_, _) -> {});
        Growing low = growing(pool, 0, ids(10, 3));
        Growing tooLongNow = growing(pool, 1, ids(20, 30));
        Growing first = growing(pool, 2, ids(60, 4));
        List.of(low, tooLongNow, first).forEach(scheduler::add);
        assertThat(step(scheduler)).containsExactly(first);
        assertThat(low.state()).isEqualTo(Sequence.State.WAITING);
        scheduler.end(first);
        assertThat(step(scheduler)).containsExactly(tooLongNow);
    }

    @Test
    void the_lowest_priority_then_the_latest_arrival_gives_its_blocks_back() {
        BlockPool pool = new BlockPool(7, 2);
        Scheduler<Growing> scheduler = new Scheduler<>(pool, new Limits(64, 64, 8), (_, _) -> {});
        Growing low = growing(pool, 0, 1, 2);
        Growing early = growing(pool, 1, 3, 4);
        Growing late = growing(pool, 1, 5, 6);
        List.of(low, early, late).forEach(scheduler::add);
        step(scheduler);
        List<Growing> preempted = new ArrayList<>();
        while (preempted.size() < 2) {
            step(scheduler);
            for (Growing sequence : List.of(low, early, late)) {
                if (sequence.state() == Sequence.State.WAITING && !preempted.contains(sequence)) {
                    preempted.add(sequence);
                }
            }
        }
        assertThat(preempted).containsExactly(low, late);
        assertThat(scheduler.preemptions()).isEqualTo(2);
    }

    @Test
    void who_was_preempted_begins_where_the_cache_ends() {
        BlockPool pool = new BlockPool(6, 2);
        Scheduler<Growing> scheduler = new Scheduler<>(pool, new Limits(64, 64, 8), (_, _) -> {});
        Growing stays = growing(pool, 1, 1, 2, 3);
        Growing goes = growing(pool, 0, 4, 5, 6, 7);
        scheduler.add(stays);
        scheduler.add(goes);
        while (goes.state() != Sequence.State.WAITING || scheduler.preemptions() == 0) {
            step(scheduler);
        }
        scheduler.end(stays);
        long found = scheduler.cachedTokens();
        step(scheduler);
        assertThat(goes.state()).isEqualTo(Sequence.State.RUNNING);
        assertThat(scheduler.cachedTokens() - found).isPositive();
    }

    @Test
    void further_choices_wait_for_the_first_and_share_its_prompt() {
        BlockPool pool = new BlockPool(32, 4);
        Scheduler<Growing> scheduler = new Scheduler<>(pool, new Limits(16, 16, 8), (_, _) -> {});
        Prompt prompt = Prompt.of(ids(1, 20));
        Growing leader = new Growing(arrivals++, 0, prompt, pool, Optional.empty());
        Growing sibling = new Growing(arrivals++, 0, prompt, pool, Optional.of(leader));
        scheduler.add(leader);
        scheduler.add(sibling);
        assertThat(step(scheduler)).containsExactly(leader);
        assertThat(step(scheduler)).containsExactly(leader);
        assertThat(step(scheduler)).containsExactlyInAnyOrder(leader, sibling);
        // 4 blocks, and 3 tokens of the 5th: the prompt's last token is computed
        assertThat(sibling.cachedTokens()).isEqualTo(19);
        // 6 of the first, 5 of the second
        assertThat(pool.used()).isEqualTo(6 + 5 - 4);
    }

    @Test
    void a_prompt_that_is_cached_as_a_whole_still_computes_its_last_token() {
        BlockPool pool = new BlockPool(32, 4);
        Scheduler<Growing> scheduler = new Scheduler<>(pool, new Limits(64, 64, 8), (_, _) -> {});
        Growing first = growing(pool, 0, ids(1, 8));
        scheduler.add(first);
        step(scheduler);
        Growing second = growing(pool, 0, ids(1, 8));
        scheduler.add(second);
        scheduler.next(Integer.MAX_VALUE);
        assertThat(second.cachedTokens()).isEqualTo(7);
        assertThat(second.results()).isEqualTo(1);
    }

    @Test
    void a_prompt_begins_where_it_differs_also_within_a_block() {
        BlockPool pool = new BlockPool(32, 4);
        List<List<Integer>> copies = new ArrayList<>();
        Scheduler<Growing> scheduler =
                new Scheduler<>(pool, new Limits(64, 64, 8), (from, to) -> copies.add(List.of(from, to)));
        Growing first = growing(pool, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
        scheduler.add(first);
        step(scheduler);
        // within a full block that is still in use
        Growing second = growing(pool, 0, 1, 2, 3, 4, 5, 6, 70, 80, 90);
        scheduler.add(second);
        step(scheduler);
        assertThat(second.cachedTokens()).isEqualTo(6);
        assertThat(copies)
                .containsExactly(
                        List.of(first.blocks().ids()[1], second.blocks().ids()[1]));
        // within one that an ended sequence has left half full: 9, and 7, its first token, which a step computed
        step(scheduler);
        scheduler.end(first);
        Growing third = growing(pool, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 7, 10);
        scheduler.add(third);
        step(scheduler);
        assertThat(third.cachedTokens()).isEqualTo(10);
        assertThat(copies).hasSize(2);
        int[] references = new int[32];
        for (Growing sequence : List.of(second, third)) {
            for (int i = 0; i < sequence.blocks().size(); i++) {
                references[sequence.blocks().ids()[i]]++;
            }
        }
        pool.check(references);
    }

    @Test
    void what_embeddings_stand_in_is_not_told_by_ids() {
        BlockPool pool = new BlockPool(32, 4);
        Scheduler<Growing> scheduler = new Scheduler<>(pool, new Limits(64, 64, 8), (_, _) -> {});
        MemorySegment row = MemorySegment.ofArray(new float[4]);
        Prompt image = new Prompt(ids(1, 7), List.of(new Prompt.Span(1, 1, row, new byte[] {1})));
        Growing first = new Growing(arrivals++, 0, image, pool, Optional.empty());
        scheduler.add(first);
        step(scheduler);
        scheduler.end(first);
        Growing text = growing(pool, 0, ids(1, 7));
        scheduler.add(text);
        step(scheduler);
        assertThat(text.cachedTokens()).isZero();
        Growing other = new Growing(arrivals++, 0, image, pool, Optional.empty());
        scheduler.add(other);
        step(scheduler);
        // the whole block by its hash, which knows of the embedding; then two tokens of the next one
        assertThat(other.cachedTokens()).isEqualTo(6);
    }

    @Test
    void a_prefix_is_not_found_before_its_step_is_computed() {
        BlockPool pool = new BlockPool(32, 4);
        Scheduler<Growing> scheduler = new Scheduler<>(pool, new Limits(64, 64, 8), (_, _) -> {});
        Growing first = growing(pool, 0, ids(1, 9));
        Growing second = growing(pool, 0, ids(1, 9));
        scheduler.add(first);
        scheduler.add(second);
        scheduler.next(Integer.MAX_VALUE);
        assertThat(second.cachedTokens()).isZero();
    }

    @Test
    void less_than_4_percent_of_the_slots_of_long_sequences_are_unused() {
        long seed = new Random().nextLong();
        System.out.println("waste with seed " + seed);
        Random random = new Random(seed);
        BlockPool pool = new BlockPool(600, 16);
        Scheduler<Growing> scheduler = new Scheduler<>(pool, new Limits(256, 64, 32), (_, _) -> {});
        List<Growing> alive = new ArrayList<>();
        long allocated = 0;
        long unused = 0;
        for (int i = 0; i < 3_000; i++) {
            while (alive.size() < 24) {
                alive.add(growing(
                        pool,
                        0,
                        random.ints(200 + random.nextInt(300), 0, 1_000).toArray()));
                scheduler.add(alive.getLast());
            }
            step(scheduler);
            for (Growing sequence : scheduler.running()) {
                allocated += 16L * sequence.blocks().size();
                unused += 16L * sequence.blocks().size() - sequence.computed();
            }
            alive.removeIf(sequence -> {
                boolean done = sequence.length() > 450 + random.nextInt(200);
                if (done) {
                    scheduler.end(sequence);
                }
                return done;
            });
        }
        System.out.printf("%.2f %% of allocated slots were unused%n", 100.0 * unused / allocated);
        assertThat(scheduler.preemptions()).isPositive();
        assertThat((double) unused / allocated).isLessThan(0.04);
    }
}
