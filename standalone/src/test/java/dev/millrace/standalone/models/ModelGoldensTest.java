package dev.millrace.standalone.models;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.inference.model.Backend;
import dev.millrace.inference.model.BackendOptions;
import dev.millrace.inference.model.BackendOptions.CacheSize;
import dev.millrace.inference.models.LoadedModel;
import dev.millrace.inference.models.ModelLoader;
import dev.millrace.kernels.compute.KernelOptions;
import dev.millrace.kernels.compute.KernelOptions.Activations;
import dev.millrace.kernels.compute.Kernels;
import dev.millrace.kernels.compute.KvType;
import dev.millrace.kernels.compute.Providers;
import dev.millrace.standalone.TestModels;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.OptionalInt;
import org.assertj.core.data.Offset;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Real models: with exact arithmetic, logits and greedy answers are those of transformers; with 8-bit activations they
 * stay closer to them than llama.cpp's do.
 */
class ModelGoldensTest {
    private static final float LOGIT_TOLERANCE = 1e-3f;
    /** Where transformers' best two logits are closer than both implementations' rounding, either may win. */
    private static final float TIE = 2e-4f;

    private static final int CONTEXT = 2560;

    @ParameterizedTest
    @CsvSource({
        // model, the most that 8-bit activations may change the next-token distribution: mean divergence in nats
        "smollm2-135m, 0.004",
        "gemma3-270m, 0.003",
        "qwen2.5-coder-1.5b, 0.001",
    })
    void answers_are_those_of_independent_implementations(String model, double mostDivergence) throws IOException {
        Golden golden = Golden.read(model);
        Path path = TestModels.path(model);
        assertThat(sha256(path)).as("goldens were made from another file").isEqualTo(golden.sha256());
        Comparison comparison = new Comparison();
        try (Kernels exactKernels = kernels(Activations.FLOAT32);
                Kernels fastKernels = kernels(Activations.INT8);
                LoadedModel exact = load(path, exactKernels, KvType.F32);
                LoadedModel fast = load(path, fastKernels, KvType.BF16)) {
            assertThat(exact.vocabulary().ends()).containsExactlyInAnyOrderElementsOf(golden.ends());
            Golden.Prompt first = golden.prompts().getFirst();
            for (Golden.Prompt prompt : golden.prompts()) {
                Answer exactAnswer = Answer.read(exact.backend(), prompt.ids(), prompt.greedy());
                Answer fastAnswer = Answer.read(fast.backend(), prompt.ids(), prompt.greedy());
                compare(golden, prompt, exactAnswer, fastAnswer, comparison);
                if (prompt.name().equals(first.name())) {
                    assertTokenByTokenIsTheSame(exact.backend(), prompt, exactAnswer);
                    assertTokenByTokenIsTheSame(fast.backend(), prompt, fastAnswer);
                }
            }
        }
        System.out.println(model + ": " + comparison);
        assertThat(comparison.meanDivergence()).isLessThan(mostDivergence);
        assertThat(comparison.keptShare()).isGreaterThan(comparison.keptShareOfLlamaCpp());
    }

    private static void compare(
            Golden golden, Golden.Prompt prompt, Answer exactAnswer, Answer fastAnswer, Comparison comparison) {
        for (Golden.Position position : prompt.positions()) {
            float[] logits = exactAnswer.logits()[position.step()];
            String where = prompt.name() + ", step " + position.step();
            comparison.logits(where, logits, position.topIds(), position.topLogits(), LOGIT_TOLERANCE);
            comparison.logits(where, logits, golden.sampleIds(), position.sampleLogits(), LOGIT_TOLERANCE);
            assertThat(Distributions.logSumExp(logits)).as(where).isCloseTo(position.logSumExp(), Offset.offset((double)
                    LOGIT_TOLERANCE));
        }
        int[] exactBest = exactAnswer.best();
        for (int i = 0; i < exactBest.length; i++) {
            if (prompt.gaps()[i] < TIE) {
                comparison.tie();
            } else {
                assertThat(exactBest[i]).as("%s, token %d", prompt.name(), i).isEqualTo(prompt.greedy()[i]);
            }
        }
        for (int i = 0; i < exactBest.length; i++) {
            comparison.divergence(
                    Distributions.divergence(exactAnswer.logits()[i], fastAnswer.logits()[i]));
        }
        int length = prompt.answerLength(golden.ends());
        comparison.kept(
                firstDifference(fastAnswer.best(), prompt.greedy(), length),
                prompt.keptByLlamaCpp(golden.ends()),
                length);
    }

    private static void assertTokenByTokenIsTheSame(Backend backend, Golden.Prompt prompt, Answer whole) {
        assertThat(Answer.readTokenByToken(backend, prompt.ids(), prompt.greedy())
                        .logits())
                .isDeepEqualTo(whole.logits());
    }

    private static int firstDifference(int[] actual, int[] expected, int length) {
        for (int i = 0; i < length; i++) {
            if (actual[i] != expected[i]) {
                return i;
            }
        }
        return length;
    }

    private static Kernels kernels(Activations activations) {
        int threads = Runtime.getRuntime().availableProcessors();
        Providers.Choice choice = Providers.choose(new KernelOptions(Optional.empty(), threads, activations));
        System.out.println(choice.reason());
        return choice.kernels();
    }

    private static LoadedModel load(Path path, Kernels kernels, KvType kvType) throws IOException {
        BackendOptions options =
                new BackendOptions(OptionalInt.of(CONTEXT), kvType, new CacheSize.Tokens(CONTEXT), 16, 512);
        return new ModelLoader(options).load("golden", path, kernels);
    }

    private static String sha256(Path path) throws IOException {
        try (InputStream in = Files.newInputStream(path)) {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            byte[] buffer = new byte[1 << 20];
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                digest.update(buffer, 0, read);
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }
}
