package dev.millrace.kernels.compute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class MachinePeaksTest {
    @AfterEach
    void forgetTheWish() {
        System.clearProperty(NativeLibrary.INSTRUCTIONS);
    }

    @Test
    void a_machine_multiplies_bytes_at_least_as_fast_as_floats_and_reads_memory() {
        MachinePeaks peaks = MachinePeaks.measure(2);
        assertThat(peaks.threads()).isEqualTo(2);
        assertThat(peaks.float32GigaMacs()).isPositive().isLessThan(1e6);
        assertThat(peaks.int8GigaMacs()).isGreaterThanOrEqualTo(peaks.float32GigaMacs());
        assertThat(peaks.readGigabytes()).isPositive().isLessThan(1e5);
    }

    @Test
    void the_instructions_asked_for_are_those_that_are_measured() throws NativeUnavailableException {
        System.setProperty(NativeLibrary.INSTRUCTIONS, "portable");
        try (PeakLoops loops = new NativePeakLoops(NativeLibrary.open())) {
            assertThat(loops.name()).isEqualTo("portable");
            // eight steps of four sums of sixteen lanes, four bytes or one float each
            assertThat(loops.int8(3)).isEqualTo(3 * 8 * 4 * 64);
            assertThat(loops.float32(3)).isEqualTo(3 * 8 * 4 * 16);
        }
    }

    @Test
    void every_kind_of_loop_counts_what_it_does_in_proportion_to_its_rounds() throws NativeUnavailableException {
        for (PeakLoops kind : List.of(
                new NativePeakLoops(NativeLibrary.open()),
                new JavaPeakLoops("vector", VectorFmas::run),
                new JavaPeakLoops("scalar", ScalarFmas::run))) {
            try (PeakLoops loops = kind) {
                long once = loops.float32(100);
                assertThat(once).as(loops.name()).isPositive();
                assertThat(loops.float32(300)).as(loops.name()).isEqualTo(3 * once);
                loops.prepare(1 << 20);
                assertThat(loops.read(1 << 18, 1 << 19)).as(loops.name()).isEqualTo(1 << 19);
            }
        }
    }

    @Test
    void no_threads_are_refused() {
        assertThatThrownBy(() -> MachinePeaks.measure(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("threads must be 1 or more, was 0");
    }
}
