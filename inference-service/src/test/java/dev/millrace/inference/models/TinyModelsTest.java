package dev.millrace.inference.models;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.inference.model.BackendOptions;
import dev.millrace.inference.model.BackendOptions.CacheSize;
import dev.millrace.inference.model.Step;
import dev.millrace.kernels.compute.KernelOptions;
import dev.millrace.kernels.compute.KernelOptions.Activations;
import dev.millrace.kernels.compute.Kernels;
import dev.millrace.kernels.compute.KvType;
import dev.millrace.kernels.compute.Providers;
import dev.millrace.kernels.weights.GgufFile;
import dev.millrace.kernels.weights.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every architecture against transformers, and every way of cutting a sequence into steps against every other. */
class TinyModelsTest {
    /** Measured: 3.3e-5 at most; one confused head, position or norm is worth 0.1 and more. */
    private static final float TOLERANCE = 1e-4f;

    private static final long SEED = 20261124;

    /** Provider and form of the activations: each must hold the promises on its own. */
    record Arithmetic(String provider, Activations activations, KvType kvType) {
        Kernels kernels() {
            return Providers.choose(new KernelOptions(Optional.of(provider), 2, activations))
                    .kernels();
        }
    }

    /** Those that work on this machine. */
    private static Stream<String> providers() {
        return Stream.of("scalar", "vector", "native").filter(provider -> {
            try (Kernels kernels = new Arithmetic(provider, Activations.FLOAT32, KvType.F32).kernels()) {
                System.out.println(kernels.description());
                return true;
            } catch (IllegalArgumentException e) {
                System.out.println(e.getMessage());
                return false;
            }
        });
    }

    static Stream<Arithmetic> exact() {
        return providers().map(provider -> new Arithmetic(provider, Activations.FLOAT32, KvType.F32));
    }

    static Stream<Arithmetic> everyArithmetic() {
        return providers()
                .flatMap(provider -> Stream.of(Activations.values())
                        .flatMap(activations -> Stream.of(KvType.values())
                                .map(kvType -> new Arithmetic(provider, activations, kvType))));
    }

    @ParameterizedTest
    @MethodSource("exact")
    void logits_are_those_of_transformers(Arithmetic arithmetic) throws IOException {
        try (Kernels kernels = arithmetic.kernels()) {
            for (TinyModel model : TinyModel.all()) {
                for (Path path : model.paths()) {
                    try (LoadedModel loaded = load(path, kernels, arithmetic)) {
                        for (TinyModel.Prompt prompt : model.prompts()) {
                            float[][] logits = forward(loaded).logits(prompt.ids(), 16);
                            assertThat(largestDifference(logits, prompt.logits()))
                                    .as("%s, %d tokens", path.getFileName(), prompt.ids().length)
                                    .isLessThan(TOLERANCE);
                        }
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("everyArithmetic")
    void how_a_sequence_is_cut_into_steps_changes_no_bit(Arithmetic arithmetic) throws IOException {
        try (Kernels kernels = arithmetic.kernels()) {
            for (TinyModel model : TinyModel.all()) {
                try (LoadedModel loaded = load(model.paths().getFirst(), kernels, arithmetic)) {
                    int[] ids = model.longest().ids();
                    float[][] whole = forward(loaded).logits(ids, ids.length);
                    for (int chunk : List.of(1, 7, 16)) {
                        assertThat(forward(loaded).logits(ids, chunk))
                                .as("%s in steps of %d", model.name(), chunk)
                                .isDeepEqualTo(whole);
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("everyArithmetic")
    void who_else_is_in_a_step_changes_no_bit(Arithmetic arithmetic) throws IOException {
        System.out.println("seed " + SEED);
        try (Kernels kernels = arithmetic.kernels()) {
            for (TinyModel model : TinyModel.all()) {
                try (LoadedModel loaded = load(model.paths().getFirst(), kernels, arithmetic)) {
                    Random random = new Random(SEED);
                    List<int[]> prompts = new ArrayList<>();
                    for (int i = 0; i < 9; i++) {
                        prompts.add(random.ints(1 + random.nextInt(60), 0, 96).toArray());
                    }
                    Forward forward = forward(loaded);
                    List<Forward.Running> running =
                            prompts.stream().map(forward::start).toList();
                    runTogether(forward, running, random);
                    for (int i = 0; i < prompts.size(); i++) {
                        float[][] alone = forward(loaded).logits(prompts.get(i), 64);
                        assertThat(running.get(i).logits())
                                .as("%s, sequence %d", model.name(), i)
                                .isDeepEqualTo(alone);
                    }
                }
            }
        }
    }

    @Test
    void an_embedding_stands_in_for_a_token() throws IOException {
        for (String name : List.of("qwen2", "gemma3")) {
            TinyModel model = TinyModel.named(name);
            Path gguf = model.paths().getLast();
            float scale = name.equals("gemma3") ? (float) Math.sqrt(32) : 1;
            Arithmetic arithmetic = new Arithmetic("scalar", Activations.FLOAT32, KvType.F32);
            int[] ids = model.longest().ids().clone();
            try (Kernels kernels = arithmetic.kernels();
                    LoadedModel loaded = load(gguf, kernels, arithmetic);
                    GgufFile file = GgufFile.open(gguf);
                    Arena arena = Arena.ofConfined()) {
                List<Step.Embedded> embeddings = new ArrayList<>();
                for (int place : List.of(3, 4, 20)) {
                    embeddings.add(new Step.Embedded(place, row(file, ids[place], scale, arena)));
                    ids[place] = -1;
                }
                Forward forward = forward(loaded);
                Forward.Running running = forward.start(ids, embeddings);
                forward.step(List.of(running), new int[] {4});
                forward.step(List.of(running), new int[] {running.left()});
                assertThat(largestDifference(running.logits(), model.longest().logits()))
                        .as(name)
                        .isLessThan(TOLERANCE);
            }
        }
    }

    @Test
    void hidden_states_are_those_that_the_head_turns_into_logits() throws IOException {
        Path gguf = TinyModel.named("qwen2").paths().getLast();
        Arithmetic arithmetic = new Arithmetic("scalar", Activations.FLOAT32, KvType.F32);
        try (Kernels kernels = arithmetic.kernels();
                LoadedModel loaded = load(gguf, kernels, arithmetic);
                GgufFile file = GgufFile.open(gguf);
                Arena arena = Arena.ofConfined()) {
            Forward forward = forward(loaded);
            Forward.Running running = forward.start(new int[] {5, 6, 7});
            forward.step(List.of(running), new int[] {3});
            MemorySegment embedding = row(file, 42, 1, arena); // tied: also row 42 of the head
            float logit = 0;
            for (int i = 0; i < 32; i++) {
                logit += running.hidden()[2][i] * embedding.getAtIndex(ValueLayout.JAVA_FLOAT, i);
            }
            assertThat(running.logits()[2][42]).isCloseTo(logit, org.assertj.core.data.Offset.offset(1e-5f));
        }
    }

    static void runTogether(Forward forward, List<Forward.Running> sequences, Random random) {
        List<Forward.Running> unfinished = new ArrayList<>(sequences);
        while (!unfinished.isEmpty()) {
            int[] counts = unfinished.stream()
                    .mapToInt(running -> 1 + random.nextInt(Math.min(7, running.left())))
                    .toArray();
            forward.step(unfinished, counts);
            unfinished.removeIf(running -> running.left() == 0);
        }
    }

    private static LoadedModel load(Path path, Kernels kernels, Arithmetic arithmetic) throws IOException {
        BackendOptions options =
                new BackendOptions(OptionalInt.empty(), arithmetic.kvType(), new CacheSize.Tokens(1024), 16, 64);
        return new ModelLoader(options).load(path.getFileName().toString(), path, kernels);
    }

    private static Forward forward(LoadedModel loaded) {
        return new Forward(loaded.backend(), new Random(SEED));
    }

    /** A row of the token embedding, which is BF16 in these files. */
    private static MemorySegment row(GgufFile file, int id, float scale, Arena arena) {
        Tensor embedding = Objects.requireNonNull(file.tensors().get("token_embd.weight"));
        MemorySegment row = arena.allocate(4L * embedding.columns());
        for (int i = 0; i < embedding.columns(); i++) {
            short bits = embedding.data().get(ValueLayout.JAVA_SHORT_UNALIGNED, 2 * (id * embedding.columns() + i));
            row.setAtIndex(ValueLayout.JAVA_FLOAT, i, Float.intBitsToFloat(bits << 16) * scale);
        }
        return row;
    }

    static float largestDifference(float[][] actual, float[][] expected) {
        assertThat(actual).hasDimensions(expected.length, expected[0].length);
        float largest = 0;
        for (int i = 0; i < expected.length; i++) {
            for (int j = 0; j < expected[i].length; j++) {
                float difference = Math.abs(actual[i][j] - expected[i][j]);
                // NaN must not pass
                largest = difference >= 0 ? Math.max(largest, difference) : Float.POSITIVE_INFINITY;
            }
        }
        return largest;
    }
}
