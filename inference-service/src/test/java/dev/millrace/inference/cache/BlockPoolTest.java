package dev.millrace.inference.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.NoSuchElementException;
import org.junit.jupiter.api.Test;

class BlockPoolTest {
    private static final int[] IDS = {1, 2, 3, 4, 5, 6, 7, 8};
    private static final byte[] NOTHING = {};

    private final PrefixHasher hasher = new PrefixHasher(4);
    private final PrefixHash first = hasher.next(hasher.root("", ""), IDS, 0, NOTHING);
    private final PrefixHash second = hasher.next(first, IDS, 4, NOTHING);

    private static BlockPool published(BlockPool pool, PrefixHash first, PrefixHash second) {
        BlockTable table = new BlockTable(pool);
        table.take();
        table.take();
        table.publish(first, IDS);
        table.publish(second, IDS);
        table.release();
        return pool;
    }

    @Test
    void a_free_block_keeps_its_prefix_until_it_is_taken_for_something_else() {
        BlockPool pool = published(new BlockPool(2, 4), first, second);
        assertThat(pool.free()).isEqualTo(2);
        assertThat(pool.cached()).isEqualTo(2);
        assertThat(pool.find(first, IDS, 0)).isPresent();
        pool.take();
        pool.take();
        assertThat(pool.find(first, IDS, 0)).isEmpty();
        assertThat(pool.find(second, IDS, 4)).isEmpty();
        pool.check(new int[] {1, 1});
    }

    @Test
    void tails_go_before_heads() {
        BlockPool pool = published(new BlockPool(2, 4), first, second);
        pool.take();
        assertThat(pool.find(first, IDS, 0)).isPresent();
        assertThat(pool.find(second, IDS, 4)).isEmpty();
    }

    @Test
    void blocks_that_hold_nothing_go_before_those_that_do() {
        BlockPool pool = published(new BlockPool(3, 4), first, second);
        pool.take();
        assertThat(pool.find(first, IDS, 0)).isPresent();
        assertThat(pool.find(second, IDS, 4)).isPresent();
    }

    @Test
    void a_block_that_was_hit_is_not_taken_for_something_else() {
        BlockPool pool = published(new BlockPool(2, 4), first, second);
        Block hit = pool.find(first, IDS, 0).orElseThrow();
        pool.share(hit);
        assertThat(pool.take().id()).isNotEqualTo(hit.id());
        assertThatThrownBy(pool::take).isInstanceOf(NoSuchElementException.class);
        assertThat(pool.find(first, IDS, 0)).isPresent();
    }

    @Test
    void equal_hashes_are_no_hit_when_the_ids_differ() {
        BlockPool pool = published(new BlockPool(2, 4), first, second);
        assertThat(pool.find(first, new int[] {1, 2, 3, 5}, 0)).isEmpty();
    }

    @Test
    void the_first_block_to_hold_a_prefix_stays_the_one_to_be_found() {
        BlockPool pool = new BlockPool(2, 4);
        BlockTable one = new BlockTable(pool);
        BlockTable other = new BlockTable(pool);
        one.take();
        other.take();
        one.publish(first, IDS);
        other.publish(first, IDS);
        assertThat(pool.find(first, IDS, 0).orElseThrow().id()).isEqualTo(one.ids()[0]);
        pool.check(new int[] {1, 1});
    }

    @Test
    void the_longest_of_what_goes_on_from_a_prefix_is_kept_and_the_latest_of_others() {
        BlockPool pool = new BlockPool(4, 4);
        Block two = pool.take();
        Block one = pool.take();
        Block three = pool.take();
        Block other = pool.take();
        pool.keep(two, first, IDS, 4, 2);
        pool.keep(one, first, IDS, 4, 1);
        assertThat(pool.after(first)).containsSame(two);
        pool.keep(three, first, IDS, 4, 3);
        assertThat(pool.after(first)).containsSame(three);
        assertThat(three.common(new int[] {5, 6, 9}, 0, 3)).isEqualTo(2);
        assertThat(three.common(IDS, 4, 5)).isEqualTo(1);
        pool.keep(other, first, new int[] {5, 9}, 0, 2);
        assertThat(pool.after(first)).containsSame(other);
        for (Block block : new Block[] {two, one, three, other}) {
            pool.release(block);
        }
        assertThat(pool.cached()).isEqualTo(1);
        pool.check(new int[4]);
        // those that hold nothing go first
        for (int i = 0; i < 3; i++) {
            assertThat(pool.take()).isNotSameAs(other);
        }
        assertThat(pool.take()).isSameAs(other);
        assertThat(pool.after(first)).isEmpty();
        pool.check(new int[] {1, 1, 1, 1});
    }

    @Test
    void a_free_block_that_another_takes_the_place_of_goes_before_those_that_hold_something() {
        BlockPool pool = published(new BlockPool(3, 4), first, second);
        Block half = pool.take();
        pool.keep(half, second, IDS, 0, 2);
        pool.release(half);
        pool.share(pool.find(first, IDS, 0).orElseThrow());
        pool.share(pool.find(second, IDS, 4).orElseThrow());
        assertThat(pool.cached()).isEqualTo(1);
        pool.keep(pool.find(second, IDS, 4).orElseThrow(), second, IDS, 4, 4);
        assertThat(pool.cached()).isZero();
        pool.check(references(pool, half));
    }

    private static int[] references(BlockPool pool, Block free) {
        int[] references = new int[pool.total()];
        Arrays.fill(references, 1);
        references[free.id()] = 0;
        return references;
    }

    @Test
    void adapter_salt_parent_and_embeddings_each_make_another_prefix() {
        assertThat(hasher.root("a", "b")).isNotEqualTo(hasher.root("", "ab")).isNotEqualTo(hasher.root("ab", ""));
        assertThat(hasher.next(hasher.root("", "tenant"), IDS, 0, NOTHING)).isNotEqualTo(first);
        assertThat(hasher.next(first, IDS, 0, NOTHING)).isNotEqualTo(first);
        assertThat(hasher.next(hasher.root("", ""), IDS, 0, new byte[] {1})).isNotEqualTo(first);
        assertThat(hasher.next(hasher.root("", ""), IDS, 0, NOTHING)).isEqualTo(first);
    }

    @Test
    void the_check_finds_a_reference_that_nobody_holds() {
        BlockPool pool = new BlockPool(2, 4);
        pool.take();
        assertThatThrownBy(() -> pool.check(new int[] {0, 0}))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("counts other references than there are");
    }

    @Test
    void a_block_is_not_given_back_twice() {
        BlockPool pool = new BlockPool(1, 4);
        Block block = pool.take();
        pool.release(block);
        assertThatThrownBy(() -> pool.release(block)).isInstanceOf(IllegalStateException.class);
    }
}
