package dev.millrace.training.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class MixedExamplesTest {
    private static Examples of(int from, int count) {
        return Examples.of(IntStream.range(from, from + count)
                .mapToObj(id -> new Example(List.of(Sequence.plain(new int[] {id, id}))))
                .toList());
    }

    private static List<Integer> ids(Examples examples) {
        return IntStream.range(0, examples.size())
                .mapToObj(i -> examples.get(i).sequences().getFirst().ids()[0])
                .toList();
    }

    @Test
    void general_ones_are_the_given_share_of_all() {
        List<Integer> ids = ids(new MixedExamples(of(0, 30), of(100, 50), 0.25, 1));
        assertThat(ids).hasSize(40).doesNotHaveDuplicates();
        assertThat(ids.subList(0, 30)).isEqualTo(ids(of(0, 30)));
        assertThat(ids.subList(30, 40)).allMatch(id -> id >= 100 && id < 150).isNotEqualTo(ids(of(100, 10)));
        assertThat(ids(new MixedExamples(of(0, 30), of(100, 50), 0.25, 1))).isEqualTo(ids);
        assertThat(ids(new MixedExamples(of(0, 30), of(100, 50), 0.25, 2))).isNotEqualTo(ids);
        assertThat(ids(new MixedExamples(of(0, 30), of(100, 50), 0, 1))).isEqualTo(ids(of(0, 30)));
    }

    @Test
    void each_comes_once_before_one_comes_again() {
        List<Integer> mixed =
                ids(new MixedExamples(of(0, 12), of(100, 4), 0.5, 3)).subList(12, 24);
        for (int from = 0; from < 12; from += 4) {
            assertThat(mixed.subList(from, from + 4)).containsExactlyInAnyOrder(100, 101, 102, 103);
        }
    }
}
