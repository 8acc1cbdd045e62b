package dev.millrace.training.train;

import dev.millrace.testing.TemporaryFolder;
import dev.millrace.training.method.DirectPreference;
import dev.millrace.training.method.Method;
import dev.millrace.training.method.SupervisedFineTuning;
import dev.millrace.training.model.Decoder;
import dev.millrace.training.model.Frozen;
import java.io.IOException;
import java.util.List;
import java.util.Locale;

/**
 * What a long run holds of the machine, after every tenth of its steps: torch's arrays, open files, resident memory.
 * {@code ./mvnw -q -pl training-service -am test-compile exec:exec@main
 * -Dmain=dev.millrace.training.train.SteadyStateBenchmark -Darguments="[STEPS] [sft|dpo] [float32|same|nf4|q8]"}.
 */
public final class SteadyStateBenchmark {
    private SteadyStateBenchmark() {}

    public static void main(String[] arguments) throws IOException {
        int steps = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 1000;
        boolean pairs = arguments.length > 1 && "dpo".equals(arguments[1]);
        Frozen frozen = arguments.length > 2 ? Frozen.valueOf(arguments[2].toUpperCase(Locale.ROOT)) : Frozen.FLOAT32;
        Golden golden = Golden.of("qwen2");
        Method method = pairs
                ? new DirectPreference(new DirectPreference.Settings(DirectPreference.Loss.SIGMOID, 0.1, 0, false))
                : new SupervisedFineTuning();
        try (TemporaryFolder folder = TemporaryFolder.named("steady");
                Decoder decoder = Decoder.load(golden.model(), 2, frozen)) {
            List<Resources> held = ManySteps.run(
                    decoder,
                    method,
                    pairs ? golden.pairs() : golden.examples(),
                    folder.path(),
                    steps,
                    Math.max(1, steps / 10),
                    !pairs);
            for (int i = 0; i < held.size(); i++) {
                System.out.printf(
                        "after %d steps: %d arrays, %d files, %d MB resident%n",
                        (i + 1) * Math.max(1, steps / 10),
                        held.get(i).arrays(),
                        held.get(i).files(),
                        held.get(i).residentKilobytes() / 1024);
            }
        }
    }
}
