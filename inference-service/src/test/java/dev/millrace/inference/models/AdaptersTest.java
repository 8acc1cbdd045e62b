package dev.millrace.inference.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.inference.engine.Admission;
import dev.millrace.inference.engine.Answer;
import dev.millrace.inference.engine.EngineOptions;
import dev.millrace.inference.engine.Outbox;
import dev.millrace.inference.engine.Request;
import dev.millrace.inference.engine.Speculation;
import dev.millrace.inference.engine.StopConditions;
import dev.millrace.inference.model.Adapter;
import dev.millrace.inference.model.BackendOptions;
import dev.millrace.inference.model.BackendOptions.CacheSize;
import dev.millrace.inference.sample.SamplingParameters;
import dev.millrace.inference.schedule.Prompt;
import dev.millrace.kernels.compute.KernelOptions;
import dev.millrace.kernels.compute.Kernels;
import dev.millrace.kernels.compute.KvType;
import dev.millrace.kernels.compute.Providers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A model with the adapters of a folder, as an engine serves them. */
class AdaptersTest {
    private static final KernelOptions KERNELS = new KernelOptions(Optional.empty(), 2, KernelOptions.Activations.INT8);

    private final Path store;
    private ModelRegistry models;
    private Adapters adapters;

    AdaptersTest(@TempDir Path store) {
        this.store = store;
        this.models = registry(256);
        this.adapters = adapters();
    }

    private ModelRegistry registry(int cacheTokens) {
        BackendOptions backend =
                new BackendOptions(OptionalInt.empty(), KvType.BF16, new CacheSize.Tokens(8L * cacheTokens), 8, 64);
        EngineOptions options = new EngineOptions(64, 32, 64, 1_000, Duration.ofSeconds(30), true, Speculation.EAGER);
        Map<String, Path> paths = new LinkedHashMap<>();
        paths.put("llama", TinyModel.named("llama-tied").paths().getLast());
        paths.put("qwen", TinyModel.named("qwen2").paths().getLast());
        return new ModelRegistry(
                paths, () -> Providers.choose(KERNELS).kernels(), new ModelLoader(backend)::load, options);
    }

    private Adapters adapters() {
        return new Adapters(store, models, model -> packing());
    }

    private static Kernels packing() {
        return Providers.choose(KERNELS).kernels();
    }

    @BeforeEach
    void awaitModels() throws InterruptedException {
        await("llama", ModelState.Ready.class::isInstance);
        await("qwen", ModelState.Ready.class::isInstance);
    }

    @AfterEach
    void close() {
        adapters.close();
        models.close();
    }

    @Test
    void what_lies_in_the_folder_is_served_under_its_models_name() throws Exception {
        put("llama-tied/all", "pirate", "llama");
        put("qwen2/all", "poet", "qwen");
        Files.createDirectories(store.resolve("adapters/.partial-1"));
        adapters.scan();

        await("llama:pirate", ModelState.Adapted.class::isInstance);
        await("qwen:poet", ModelState.Adapted.class::isInstance);
        assertThat(models.states()).hasSize(4);
        Answer tuned = answer("llama:pirate", request(1, 20));
        assertThat(tuned.failure()).isEmpty();
        assertThat(tuned.only().ids())
                .isNotEqualTo(answer("llama", request(1, 20)).only().ids());
    }

    @Test
    void a_bad_one_is_listed_with_its_reason_and_concerns_nobody_else() throws Exception {
        put("gemma3/all", "misfit", "llama");
        put("llama-tied/all", "pirate", "llama");
        adapters.scan();

        await("llama:pirate", ModelState.Adapted.class::isInstance);
        await("llama:misfit", ModelState.Failed.class::isInstance);
        assertThat(((ModelState.Failed) models.state("llama:misfit")).reason()).contains("has shape");
        assertThat(answer("llama", request(1, 20)).failure()).isEmpty();
    }

    @Test
    void a_path_that_leads_out_of_the_store_is_refused(@TempDir Path elsewhere) throws Exception {
        for (String path : List.of("adapters/../../etc", "/etc", "adapters/.hidden", "adapters/a/b", "pirate")) {
            assertThatThrownBy(() -> adapters.published("llama", path))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(path);
        }
        copy("llama-tied/all", elsewhere);
        Files.createDirectories(store.resolve("adapters"));
        Files.createSymbolicLink(store.resolve("adapters/link"), elsewhere);
        adapters.published("llama", "adapters/link");
        put("llama-tied/all", "pirate", "llama");
        adapters.published("llama", "adapters/pirate");

        await("llama:pirate", ModelState.Adapted.class::isInstance);
        assertThat(models.state("llama:link")).isInstanceOf(ModelState.Unknown.class);
    }

    @Test
    void the_same_request_gives_the_same_bits_alone_and_beside_other_adapters() throws Exception {
        List<String> names = List.of("llama:all", "llama:attention", "llama:last", "llama");
        for (String adapter : List.of("all", "attention", "last")) {
            put("llama-tied/" + adapter, adapter, "llama");
        }
        adapters.scan();
        for (String name : names.subList(0, 3)) {
            await(name, ModelState.Adapted.class::isInstance);
        }
        List<Answer> alone = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            alone.add(answer(names.get(i % 4), request(i, 40)));
        }
        models.close();
        // so small that they preempt each other
        models = registry(24);
        adapters = adapters();
        awaitModels();
        for (String name : names.subList(0, 3)) {
            await(name, ModelState.Adapted.class::isInstance);
        }
        List<Outbox> together = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            together.add(submit(names.get(i % 4), request(i, 40)));
        }
        for (int i = 0; i < 8; i++) {
            assertThat(Answer.read(together.get(i)).withoutTimings())
                    .as("request %d of %s", i, names.get(i % 4))
                    .isEqualTo(alone.get(i).withoutTimings());
        }
    }

    @Test
    void what_one_adapter_left_in_the_cache_is_hit_by_itself_alone() throws Exception {
        put("llama-tied/all", "all", "llama");
        put("llama-tied/attention", "attention", "llama");
        adapters.scan();
        await("llama:all", ModelState.Adapted.class::isInstance);
        await("llama:attention", ModelState.Adapted.class::isInstance);

        assertThat(cached("llama:all")).isZero();
        assertThat(cached("llama:attention")).isZero();
        assertThat(cached("llama")).isZero();
        assertThat(cached("llama:all")).isPositive();
        assertThat(cached("llama:attention")).isPositive();
        assertThat(cached("llama")).isPositive();
    }

    @Test
    void one_that_is_published_anew_answers_anew_and_hits_nothing_of_the_old() throws Exception {
        put("llama-tied/all", "pirate", "llama");
        adapters.published("llama", "adapters/pirate");
        await("llama:pirate", ModelState.Adapted.class::isInstance);
        String first = adapter("llama:pirate").digest();
        Answer before = answer("llama:pirate", request(1, 20));

        put("llama-tied/attention", "pirate", "llama");
        adapters.published("llama", "adapters/pirate");
        await(
                "llama:pirate",
                state -> state instanceof ModelState.Adapted adapted
                        && !adapted.adapter().digest().equals(first));
        Answer after = answer("llama:pirate", request(1, 20));
        assertThat(after.finished().orElseThrow().usage().cachedTokens()).isZero();
        assertThat(after.only().ids()).isNotEqualTo(before.only().ids());
    }

    @Test
    void a_request_that_runs_ends_as_it_began_when_its_adapter_is_removed() throws Exception {
        put("llama-tied/all", "pirate", "llama");
        adapters.scan();
        await("llama:pirate", ModelState.Adapted.class::isInstance);
        Adapter adapter = adapter("llama:pirate");
        Answer whole = answer("llama:pirate", request(1, 150));

        Outbox running = submit("llama:pirate", request(1, 150));
        adapters.removed("llama:pirate");
        await("llama:pirate", ModelState.Unknown.class::isInstance);
        assertThat(Answer.read(running).withoutTimings()).isEqualTo(whole.withoutTimings());
        // its memory is gone with the last request
        Instant end = Instant.now().plusSeconds(60);
        while (adapter.acquire()) {
            adapter.release();
            assertThat(Instant.now()).isBefore(end);
            Thread.sleep(5);
        }
        assertThat(model("llama").engine().submit(request(1, 5), Optional.of(adapter)))
                .isInstanceOf(Admission.Unloaded.class);
        assertThat(answer("llama", request(1, 20)).failure()).isEmpty();
    }

    private int cached(String name) {
        return answer(name, request(7, 3)).finished().orElseThrow().usage().cachedTokens();
    }

    private Answer answer(String name, Request request) {
        return Answer.read(submit(name, request));
    }

    private Outbox submit(String name, Request request) {
        Optional<Adapter> adapter = name.contains(":") ? Optional.of(adapter(name)) : Optional.empty();
        return switch (model(name).engine().submit(request, adapter)) {
            case Admission.Accepted(Outbox outbox) -> outbox;
            case Admission refused -> throw new AssertionError("refused: " + refused);
        };
    }

    private Adapter adapter(String name) {
        return ((ModelState.Adapted) models.state(name)).adapter();
    }

    private ServedModel model(String name) {
        return switch (models.state(name)) {
            case ModelState.Ready(ServedModel model) -> model;
            case ModelState.Adapted adapted -> adapted.model();
            case ModelState other -> throw new AssertionError(name + " is " + other);
        };
    }

    private void await(String name, Predicate<ModelState> condition) throws InterruptedException {
        Instant end = Instant.now().plusSeconds(60);
        while (!condition.test(models.state(name))) {
            if (Instant.now().isAfter(end)) {
                throw new AssertionError(name + " is " + models.state(name));
            }
            Thread.sleep(5);
        }
    }

    private void put(String tiny, String name, String base) throws IOException {
        Path folder = Files.createDirectories(store.resolve("adapters").resolve(name));
        copy(tiny, folder);
        Files.writeString(folder.resolve("millrace.json"), "{\"base_model\": \"" + base + "\"}");
    }

    private static void copy(String tiny, Path folder) throws IOException {
        try (Stream<Path> files = Files.list(TinyAdapter.named(tiny).path())) {
            for (Path file : files.toList()) {
                Path copy = folder.resolve(file.getFileName());
                Files.write(copy, Files.readAllBytes(file));
                Files.setLastModifiedTime(copy, FileTime.from(Instant.now()));
            }
        }
    }

    private static Request request(int seed, int maxTokens) {
        int[] prompt = new Random(seed).ints(30 + seed, 4, 96).toArray();
        SamplingParameters sampling =
                new SamplingParameters(0.8f, 0, 0.95f, 0, 1.05f, 0, 0, Map.of(), seed, OptionalInt.of(3));
        StopConditions stop = new StopConditions(OptionalInt.of(maxTokens), 0, List.of(), Set.of(), true, false);
        return new Request.Generate("request-" + seed, Prompt.of(prompt), sampling, stop, 1, 0, "", false);
    }
}
