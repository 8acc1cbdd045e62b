package dev.millrace.inference.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

final class PaceTest {
    private final Pace pace = new Pace(512);

    @Test
    void knowing_nothing_it_lets_a_step_be_full() {
        assertThat(pace.promptTokens()).isEqualTo(512);
        pace.took(16, 0, 20_000_000);
        assertThat(pace.promptTokens()).isEqualTo(512);
    }

    @Test
    void prompts_beside_others_stretch_a_step_to_less_than_three_times_its_time() {
        double generating = 20e6;
        double first = 0.5e6;
        pace.took(16, 0, (long) generating);
        pace.took(0, 512, (long) (512 * first));
        // beside others a token costs only this much
        double beside = 0.4e6;
        double took = 0;
        for (int step = 0; step < 20; step++) {
            int tokens = pace.promptTokens();
            took = generating + tokens * beside;
            pace.took(16, tokens, (long) took);
        }
        assertThat(took / generating).isCloseTo(2.8, within(0.1));
    }

    @Test
    void steps_of_a_fast_model_may_take_what_no_reader_notices() {
        pace.took(1, 0, 4_000_000);
        pace.took(0, 512, 512 * 500_000L);
        assertThat(pace.promptTokens()).isEqualTo((40 - 4) * 2);
    }

    @Test
    void a_prompt_always_goes_on_and_never_beyond_a_step() {
        pace.took(1, 0, 1_000);
        pace.took(0, 512, 512 * 10_000_000L);
        assertThat(pace.promptTokens()).isEqualTo(16);
        for (int step = 0; step < 50; step++) {
            pace.took(1, 0, 10_000_000_000L);
        }
        assertThat(pace.promptTokens()).isEqualTo(512);
        assertThat(new Pace(8).promptTokens()).isEqualTo(8);
    }
}
