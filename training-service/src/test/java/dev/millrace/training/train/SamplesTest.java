package dev.millrace.training.train;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import dev.millrace.training.examples.Example;
import dev.millrace.training.examples.Examples;
import dev.millrace.training.examples.Prompt;
import dev.millrace.training.examples.Prompts;
import dev.millrace.training.method.SupervisedFineTuning;
import dev.millrace.training.model.Arrays64;
import dev.millrace.training.model.Decoder;
import dev.millrace.training.model.Frozen;
import dev.millrace.training.model.GreedyAnswers;
import dev.millrace.training.model.LoraAdapter;
import dev.millrace.training.model.LoraSettings;
import dev.millrace.training.model.TokenBatch;
import dev.millrace.training.model.Trained;
import dev.millrace.training.torch.Scope;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a model is asked while it is trained changes nothing, and is answered by the likeliest token each time. */
class SamplesTest {
    private static final int END = 40;
    private static final Golden GOLDEN = Golden.of("qwen2");

    @TempDir
    Path folder;

    private static Prompts prompts() {
        List<Prompt> prompts = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            Example example = GOLDEN.examples().get(i);
            prompts.add(
                    Prompt.before("asked " + i, "wanted", example.sequences().getFirst()));
        }
        return new Prompts(prompts, Set.of(END));
    }

    private static LoraAdapter adapter(Decoder decoder) {
        return decoder.adapt(new LoraSettings(4, 8, false, 0.1, Set.copyOf(LoraSettings.ALL_TARGETS)), 3);
    }

    /** Twelve steps, and a look after each fourth. */
    private static List<Answer> train(Decoder decoder, Trained trained, Path folder, boolean asked) throws IOException {
        TrainingSettings settings = new TrainingSettings(
                4,
                OptionalLong.of(12),
                4,
                1,
                2e-2,
                Schedule.Shape.CONSTANT,
                0,
                0.01,
                1,
                5,
                true,
                100,
                new TrainingSettings.Options(TrainingSettings.Rule.ADAMW, 0, 0, 5, false, 0),
                Frozen.FLOAT32);
        Optimizer optimizer =
                settings.optimizer(trained.parameters(), decoder.torch().root());
        Examples examples = GOLDEN.examples();
        Trainer trainer = new Trainer(decoder, trained, new SupervisedFineTuning(), optimizer, settings, examples);
        trainer.evaluateOn(examples, OptionalLong.of(4));
        if (asked) {
            trainer.ask(prompts());
        }
        List<Answer> answers = new ArrayList<>();
        trainer.run(new Checkpoints(folder, "tiny"), report -> {
            answers.addAll(report.answers());
            return true;
        });
        return answers;
    }

    private static Map<String, float[]> weights(Trained trained) {
        Map<String, float[]> weights = new LinkedHashMap<>();
        trained.parameters().forEach((name, parameter) -> weights.put(name, Arrays64.floats(parameter.value())));
        return weights;
    }

    private static void assertSame(Trained some, Trained other) {
        Map<String, float[]> expected = weights(other);
        weights(some).forEach((name, values) -> assertThat(values).as(name).isEqualTo(expected.get(name)));
    }

    /** The slow way: all logits, for each token anew. */
    private static int[] said(Decoder decoder, int[] prompt, Optional<Trained> trained) {
        int[] ids = prompt;
        while (ids.length < prompt.length + 64 && (ids.length == prompt.length || ids[ids.length - 1] != END)) {
            try (Scope scope = decoder.torch().scope()) {
                NDArray logits = decoder.logits(scope, new TokenBatch(List.of(ids)), trained);
                long[] likeliest = logits.argMax(1).toLongArray();
                ids = Arrays.copyOf(ids, ids.length + 1);
                ids[ids.length - 1] = (int) likeliest[likeliest.length - 1];
            }
        }
        return Arrays.copyOfRange(ids, prompt.length, ids.length);
    }

    @Test
    void an_adapter_is_the_same_to_the_bit_with_samples_and_without() throws IOException {
        try (Decoder decoder = Decoder.load(GOLDEN.model(), 2)) {
            LoraAdapter asked = adapter(decoder);
            LoraAdapter quiet = adapter(decoder);
            List<Answer> answers = train(decoder, asked, folder.resolve("asked"), true);
            assertThat(train(decoder, quiet, folder.resolve("quiet"), false)).isEmpty();
            assertSame(asked, quiet);

            assertThat(answers)
                    .extracting(Answer::step)
                    .containsExactly(0L, 0L, 0L, 4L, 4L, 4L, 8L, 8L, 8L, 12L, 12L, 12L);
            assertThat(answers).extracting(Answer::prompt).startsWith(0, 1, 2, 0, 1, 2);
            for (int i = 0; i < 3; i++) {
                int[] prompt = prompts().prompts().get(i).ids();
                assertThat(answers.get(i).ids()).isEqualTo(said(decoder, prompt, Optional.empty()));
                assertThat(answers.get(9 + i).ids())
                        .isEqualTo(said(decoder, prompt, Optional.of(asked)))
                        .isNotEqualTo(answers.get(i).ids());
            }
            assertThat(answers).allMatch(answer -> answer.ids().length <= 64);
        }
    }

    @Test
    void so_are_all_weights_and_what_they_said_before_is_told_at_the_first_look() throws IOException {
        try (Decoder decoder = Decoder.load(GOLDEN.model(), 2);
                Decoder other = Decoder.load(GOLDEN.model(), 2);
                Decoder fresh = Decoder.load(GOLDEN.model(), 2)) {
            Trained asked = decoder.whole();
            Trained quiet = other.whole();
            List<Answer> answers = train(decoder, asked, folder.resolve("asked"), true);
            train(other, quiet, folder.resolve("quiet"), false);
            assertSame(asked, quiet);
            int[] prompt = prompts().prompts().getFirst().ids();
            assertThat(answers.getFirst().step()).isZero();
            assertThat(answers.getFirst().ids()).isEqualTo(said(fresh, prompt, Optional.empty()));
            assertThat(answers.get(9).ids()).isEqualTo(said(decoder, prompt, Optional.empty()));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama", "qwen2", "qwen3", "gemma3"})
    void a_cache_of_what_went_before_gives_the_same_tokens_as_all_of_it_anew(String name) throws IOException {
        Golden golden = Golden.of(name);
        try (Decoder decoder = Decoder.load(golden.model(), 2)) {
            List<int[]> prompts = List.of(golden.probe(), new int[] {5, 9, 4}, new int[] {7, 3, 30});
            List<int[]> answers = new GreedyAnswers(decoder, Optional.empty()).to(prompts, Set.of(END), 64);
            for (int i = 0; i < prompts.size(); i++) {
                assertThat(answers.get(i)).isEqualTo(said(decoder, prompts.get(i), Optional.empty()));
            }
        }
    }

    @Test
    void an_answer_ends_with_the_token_that_ends_a_turn() throws IOException {
        try (Decoder decoder = Decoder.load(GOLDEN.model(), 2)) {
            Prompt prompt = prompts().prompts().getFirst();
            int[] whole = said(decoder, prompt.ids(), Optional.empty());
            Samples samples =
                    new Samples(decoder, adapter(decoder), new Prompts(List.of(prompt), Set.of(whole[2], END)));
            int first = 0;
            while (whole[first] != whole[2]) {
                first++;
            }
            List<Answer> answers = samples.at(1, true);
            assertThat(answers).hasSize(2);
            // a fresh adapter changes nothing, so both are the same
            assertThat(answers).allSatisfy(answer -> assertThat(answer.ids()).hasSizeLessThanOrEqualTo(3));
            assertThat(answers.getFirst().ids()).isEqualTo(Arrays.copyOf(whole, first + 1));
            assertThat(answers.getLast().ids()).isEqualTo(Arrays.copyOf(whole, first + 1));
        }
    }
}
