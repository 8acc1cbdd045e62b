package dev.millrace.inference.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NgramIndexTest {
    @ParameterizedTest
    @ValueSource(ints = {2, 5, 30, 50_000})
    void it_finds_what_a_search_through_the_whole_text_finds(int vocabulary) {
        long seed = new Random().nextLong();
        System.out.println("n-grams with seed " + seed);
        Random random = new Random(seed);
        NgramIndex index = new NgramIndex();
        int[] ids = new int[1_500];
        int found = 0;
        for (int length = 0; length < ids.length; ) {
            if (length > 10 && random.nextInt(10) == 0) {
                // say again what was said before
                int from = random.nextInt(length);
                int count = Math.min(random.nextInt(12), Math.min(length - from, ids.length - length));
                System.arraycopy(ids, from, ids, length, count);
                length += count;
            } else {
                ids[length++] = random.nextInt(vocabulary);
            }
            // not at every length: it catches up
            if (random.nextInt(4) != 0) {
                int[] expected = search(ids, length);
                int matched = index.find(ids, length);
                assertThat(matched).as("tokens that match at %d", length).isEqualTo(expected[0]);
                if (matched > 0) {
                    assertThat(index.end()).as("where they end, at %d", length).isEqualTo(expected[1]);
                    found++;
                }
            }
        }
        assertThat(found).isPositive();
    }

    @Test
    void a_text_too_short_to_repeat_finds_nothing() {
        NgramIndex index = new NgramIndex();
        int[] ids = {7, 7, 7, 7};
        assertThat(index.find(ids, 1)).isZero();
        assertThat(index.find(ids, 2)).isZero();
        assertThat(index.find(ids, 3)).isEqualTo(2);
        assertThat(index.end()).isEqualTo(2);
    }

    /** The longest run of last tokens that stood before, and the latest place where it ended. */
    private static int[] search(int[] ids, int length) {
        for (int n = Math.min(4, length); n >= 2; n--) {
            for (int end = length - 1; end >= n; end--) {
                if (Arrays.equals(ids, end - n, end, ids, length - n, length)) {
                    return new int[] {n, end};
                }
            }
        }
        return new int[] {0, 0};
    }
}
