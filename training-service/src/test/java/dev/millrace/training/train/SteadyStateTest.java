package dev.millrace.training.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.training.examples.Examples;
import dev.millrace.training.method.DirectPreference;
import dev.millrace.training.method.Method;
import dev.millrace.training.method.SupervisedFineTuning;
import dev.millrace.training.model.Decoder;
import dev.millrace.training.model.Frozen;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A step leaves nothing behind. Resident memory, which a test shares with others, is SteadyStateBenchmark's to show. */
class SteadyStateTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource(Frozen.class)
    void no_array_and_no_file_is_left_behind_by_a_step(Frozen frozen) throws IOException {
        Golden golden = Golden.of("qwen2");
        try (Decoder decoder = Decoder.load(golden.model(), 2, frozen)) {
            assertFlat(decoder, new SupervisedFineTuning(), golden.examples(), true);
            Method preference =
                    new DirectPreference(new DirectPreference.Settings(DirectPreference.Loss.SIGMOID, 0.1, 0, false));
            assertFlat(decoder, preference, golden.pairs(), false);
        }
    }

    private void assertFlat(Decoder decoder, Method method, Examples examples, boolean recompute) throws IOException {
        Path checkpoints = folder.resolve(recompute ? "again" : "kept");
        List<Resources> held = ManySteps.run(decoder, method, examples, checkpoints, 15, 5, recompute);
        assertThat(held).hasSize(3);
        // what the first steps bring with them, classes and threads, may come with files
        assertThat(held.get(2).arrays())
                .isEqualTo(held.get(1).arrays())
                .isEqualTo(held.get(0).arrays());
        assertThat(held.get(2).files()).isLessThanOrEqualTo(held.get(1).files());
    }
}
