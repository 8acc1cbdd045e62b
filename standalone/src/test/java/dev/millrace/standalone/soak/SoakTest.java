package dev.millrace.standalone.soak;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.standalone.TestModels;
import java.io.IOException;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** A real model under random load. {@link SoakBenchmark} does the same for as long as one likes. */
class SoakTest {
    private static final int REQUESTS = 150;

    @Test
    void random_load_on_a_cache_that_is_too_small_loses_nothing_and_changes_no_answer()
            throws IOException, InterruptedException {
        long seed = new Random().nextLong();
        System.out.println("soak with seed " + seed);
        Sizes sizes = new Sizes(64, 24, 256, 8, 24);
        Soak.Report report = new Soak(TestModels.path("smollm2-135m"), sizes, seed).run(count -> count < REQUESTS);
        System.out.println(report);
        assertThat(report.problems()).isEmpty();
        // the load was one that means something
        assertThat(report.compared()).isGreaterThan(REQUESTS / 3);
        assertThat(report.stats().preemptions()).isPositive();
        assertThat(report.stats().hitTokens()).isPositive();
        assertThat(report.stats().cancelled()).isPositive();
    }
}
