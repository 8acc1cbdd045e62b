package dev.millrace.inference.models;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.inference.model.Adapter;
import dev.millrace.inference.model.BackendOptions;
import dev.millrace.inference.model.BackendOptions.CacheSize;
import dev.millrace.kernels.compute.KernelOptions;
import dev.millrace.kernels.compute.Kernels;
import dev.millrace.kernels.compute.KvType;
import dev.millrace.kernels.compute.Providers;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Adapters against PEFT, and every way of mixing them in a step against every other. */
class TinyAdaptersTest {
    /** Measured: 1e-4 at most, of logits up to 30; an adapter that is left out moves them by 3 and more. */
    private static final float TOLERANCE = 3e-4f;

    private static final long SEED = 20261126;

    static Stream<TinyModelsTest.Arithmetic> exact() {
        return TinyModelsTest.exact();
    }

    /** Every provider and form of the activations. */
    static Stream<TinyModelsTest.Arithmetic> everyArithmetic() {
        return TinyModelsTest.everyArithmetic().filter(arithmetic -> arithmetic.kvType() == KvType.F16);
    }

    @ParameterizedTest
    @MethodSource("exact")
    void logits_are_those_of_peft(TinyModelsTest.Arithmetic arithmetic) throws IOException {
        try (Kernels kernels = arithmetic.kernels()) {
            for (TinyAdapter tiny : TinyAdapter.all()) {
                for (Path path : tiny.model().paths()) {
                    try (LoadedModel model = load(path, kernels, arithmetic);
                            Adapter adapter = adapter(tiny, model, arithmetic)) {
                        float[][] logits = forward(model).logits(tiny.prompt().ids(), 16, Optional.of(adapter));
                        float difference = TinyModelsTest.largestDifference(
                                logits, tiny.prompt().logits());
                        assertThat(difference)
                                .as("%s with %s", path.getFileName(), tiny.name())
                                .isLessThan(TOLERANCE);
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("everyArithmetic")
    void who_else_is_in_a_step_changes_no_bit(TinyModelsTest.Arithmetic arithmetic) throws IOException {
        System.out.println("seed " + SEED);
        Path path = TinyModel.named("llama-tied").paths().getLast();
        try (Kernels kernels = arithmetic.kernels();
                LoadedModel model = load(path, kernels, arithmetic);
                Adapter all = adapter(TinyAdapter.named("llama-tied/all"), model, arithmetic);
                Adapter attention = adapter(TinyAdapter.named("llama-tied/attention"), model, arithmetic);
                Adapter last = adapter(TinyAdapter.named("llama-tied/last"), model, arithmetic);
                Adapter dora = adapter(TinyAdapter.named("llama-tied/dora"), model, arithmetic)) {
            List<Optional<Adapter>> choices = List.of(
                    Optional.empty(), Optional.of(all), Optional.of(attention), Optional.of(last), Optional.of(dora));
            Random random = new Random(SEED);
            List<int[]> prompts = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                prompts.add(random.ints(1 + random.nextInt(60), 0, 96).toArray());
            }
            Forward forward = forward(model);
            List<Forward.Running> running = new ArrayList<>();
            for (int i = 0; i < prompts.size(); i++) {
                running.add(forward.start(prompts.get(i), choices.get(i % choices.size())));
            }
            TinyModelsTest.runTogether(forward, running, random);
            for (int i = 0; i < prompts.size(); i++) {
                Optional<Adapter> adapter = choices.get(i % choices.size());
                for (int chunk : List.of(1, 7, 64)) {
                    assertThat(forward(model).logits(prompts.get(i), chunk, adapter))
                            .as("sequence %d in steps of %d", i, chunk)
                            .isDeepEqualTo(running.get(i).logits());
                }
            }
        }
    }

    private static LoadedModel load(Path path, Kernels kernels, TinyModelsTest.Arithmetic arithmetic)
            throws IOException {
        BackendOptions options =
                new BackendOptions(OptionalInt.empty(), arithmetic.kvType(), new CacheSize.Tokens(1024), 16, 64);
        return new ModelLoader(options).load(path.getFileName().toString(), path, kernels);
    }

    private static Adapter adapter(TinyAdapter tiny, LoadedModel model, TinyModelsTest.Arithmetic arithmetic)
            throws IOException {
        KernelOptions options = new KernelOptions(Optional.of(arithmetic.provider()), 1, arithmetic.activations());
        try (Kernels packing = Providers.choose(options).kernels()) {
            return PeftFolder.load(tiny.path(), model.backend(), packing);
        }
    }

    private static Forward forward(LoadedModel loaded) {
        return new Forward(loaded.backend(), new Random(SEED));
    }
}
