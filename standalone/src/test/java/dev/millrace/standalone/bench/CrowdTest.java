package dev.millrace.standalone.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.millrace.standalone.bench.LoadFigures.Users;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class CrowdTest {
    private static final long MILLI = 1_000_000;

    /** Asked at 0; a piece each {@code stepMillis} from {@code firstMillis} on. */
    private static Reply reply(long firstMillis, long stepMillis, int pieces, int tokens) {
        return new Reply(
                0,
                LongStream.range(0, pieces)
                        .mapToObj(i -> (firstMillis + i * stepMillis) * MILLI)
                        .toList(),
                128,
                tokens,
                true,
                0);
    }

    @Test
    void one_user_gets_a_token_less_than_pieces_over_the_time_between_first_and_last() {
        Reply reply = reply(100, 10, 11, 11);
        assertThat(reply.firstMillis()).isEqualTo(100);
        assertThat(Crowd.decodePerSecond(List.of(reply))).isCloseTo(100, within(1e-9));
        // 11 tokens until 200 ms
        assertThat(Crowd.wholePerSecond(List.of(reply))).isCloseTo(55, within(1e-9));
    }

    @Test
    void users_are_summed_while_all_of_them_grow() {
        // from 200 ms, when the second begins, to 400 ms, when the first ends
        Reply early = reply(100, 10, 31, 31);
        Reply late = reply(200, 20, 31, 31);
        assertThat(Crowd.decodePerSecond(List.of(early, late))).isCloseTo((20 + 10) / 0.2, within(1e-9));
    }

    @Test
    void users_who_never_grow_together_are_summed_over_all_of_the_time() {
        Reply early = reply(0, 10, 11, 11);
        Reply late = reply(200, 10, 11, 11);
        assertThat(Crowd.decodePerSecond(List.of(early, late))).isCloseTo(21 / 0.3, within(1e-9));
    }

    @Test
    void pieces_of_several_tokens_count_as_many() {
        Reply reply = reply(100, 10, 11, 33);
        assertThat(reply.tokensPerPiece()).isEqualTo(3);
        assertThat(Crowd.decodePerSecond(List.of(reply))).isCloseTo(300, within(1e-9));
    }

    @Test
    void a_row_of_users_tells_medians_over_repetitions_and_decode_of_prompts_that_were_seen() {
        Users row = LoadRun.usersOf(
                1,
                List.of(
                        new LoadRun.Round(List.of(reply(100, 40, 11, 11)), List.of(reply(9, 10, 11, 11))),
                        new LoadRun.Round(List.of(reply(300, 40, 11, 11)), List.of(reply(9, 20, 11, 11))),
                        new LoadRun.Round(List.of(reply(200, 40, 11, 11)), List.of(reply(9, 5, 11, 11)))));
        assertThat(row.decodePerSecond().median()).isCloseTo(100, within(1e-9));
        assertThat(row.decodePerSecond().high()).isCloseTo(200, within(1e-9));
        assertThat(row.firstMillis()).isEqualTo(new Spread(200, 100, 300, 3));
        assertThat(row.promptTokens()).isEqualTo(128);
        assertThat(row.answerTokens()).isEqualTo(11);
    }

    @Test
    void a_step_of_one_user_may_bring_several_pieces() {
        Reply drafted = new Reply(
                0,
                List.of(10 * MILLI, 10 * MILLI + 1_000, 14 * MILLI, 14 * MILLI + 1_000, 18 * MILLI, 18 * MILLI + 1_000),
                128,
                12,
                true,
                0);
        assertThat(LoadRun.stepMillis(List.of(new LoadRun.Round(List.of(drafted), List.of(drafted)))))
                .hasValueSatisfying(step -> assertThat(step).isCloseTo(4, within(0.01)));
        Reply quick = new Reply(0, List.of(0L, 100_000L, 200_000L), 128, 3, true, 0);
        assertThat(LoadRun.stepMillis(List.of(new LoadRun.Round(List.of(quick), List.of(quick)))))
                .hasValue(0.1);
        Reply atOnce = reply(0, 0, 4, 4);
        assertThat(LoadRun.stepMillis(List.of(new LoadRun.Round(List.of(atOnce), List.of(atOnce)))))
                .isEmpty();
    }

    @Test
    void gaps_count_that_a_newcomers_wait_touches() {
        Reply alone = reply(50, 1, 1, 1);
        Reply newcomer = new Reply(125 * MILLI, List.of(180 * MILLI), 512, 1, true, 0);
        Reply other = new Reply(
                0,
                List.of(100 * MILLI, 110 * MILLI, 120 * MILLI, 130 * MILLI, 170 * MILLI, 190 * MILLI, 200 * MILLI),
                128,
                7,
                true,
                0);
        Arrival arrival = Arrival.of(alone, newcomer, List.of(other));
        assertThat(arrival.before()).containsExactly(10.0, 10.0, 10.0);
        assertThat(arrival.during()).containsExactly(10.0, 40.0, 20.0);
    }
}
