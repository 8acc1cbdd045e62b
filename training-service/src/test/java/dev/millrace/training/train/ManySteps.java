package dev.millrace.training.train;

import dev.millrace.training.examples.Examples;
import dev.millrace.training.examples.Prompt;
import dev.millrace.training.examples.Prompts;
import dev.millrace.training.examples.Sequence;
import dev.millrace.training.method.Method;
import dev.millrace.training.model.Decoder;
import dev.millrace.training.model.Frozen;
import dev.millrace.training.model.LoraAdapter;
import dev.millrace.training.model.LoraSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;

/** A run of many steps with all that a step may have: dropout, noise, layers computed again, checkpoints, held-out examples, samples. */
final class ManySteps {
    private static final int BATCH = 2;

    private ManySteps() {}

    /**
     * @param every steps between two looks, checkpoints and lines of the result
     * @return what was held after every so many steps
     */
    static List<Resources> run(
            Decoder decoder, Method method, Examples examples, Path folder, int steps, int every, boolean recompute)
            throws IOException {
        LoraAdapter adapter = decoder.adapt(
                new LoraSettings(4, 8, false, recompute ? 0.1 : 0, Set.copyOf(LoraSettings.ALL_TARGETS)), 1);
        TrainingSettings settings = new TrainingSettings(
                steps,
                OptionalLong.of(steps),
                BATCH,
                2,
                1e-3,
                Schedule.Shape.CONSTANT,
                0,
                0,
                1,
                1,
                true,
                every,
                new TrainingSettings.Options(TrainingSettings.Rule.ADAMW, 0, 1, recompute ? 5 : 0, recompute, 0),
                Frozen.FLOAT32);
        Optimizer optimizer =
                settings.optimizer(adapter.parameters(), decoder.torch().root());
        Trainer trainer = new Trainer(decoder, adapter, method, optimizer, settings, examples);
        trainer.evaluateOn(examples, OptionalLong.of(every));
        Sequence text = examples.get(0).sequences().getFirst();
        trainer.ask(new Prompts(List.of(Prompt.before("", "", text)), Set.of()));
        List<Resources> held = new ArrayList<>();
        trainer.run(new Checkpoints(folder, "tiny"), report -> {
            if (report.step() % every == 0) {
                held.add(Resources.of(decoder.torch().root()));
            }
            return true;
        });
        return held;
    }
}
