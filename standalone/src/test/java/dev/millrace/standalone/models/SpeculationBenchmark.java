package dev.millrace.standalone.models;

import dev.millrace.inference.engine.Admission;
import dev.millrace.inference.engine.Engine;
import dev.millrace.inference.engine.EngineOptions;
import dev.millrace.inference.engine.Event;
import dev.millrace.inference.engine.Outbox;
import dev.millrace.inference.engine.Request;
import dev.millrace.inference.engine.Speculation;
import dev.millrace.inference.engine.StopConditions;
import dev.millrace.inference.model.BackendOptions;
import dev.millrace.inference.model.BackendOptions.CacheSize;
import dev.millrace.inference.models.LoadedModel;
import dev.millrace.inference.models.ModelLoader;
import dev.millrace.inference.sample.SamplingParameters;
import dev.millrace.inference.schedule.Prompt;
import dev.millrace.kernels.compute.KernelOptions;
import dev.millrace.kernels.compute.KernelOptions.Activations;
import dev.millrace.kernels.compute.Kernels;
import dev.millrace.kernels.compute.KvType;
import dev.millrace.kernels.compute.Providers;
import dev.millrace.standalone.TestModels;
import dev.millrace.testing.TemporaryFolder;
import dev.millrace.tokenizer.vocabulary.ModelTokenizer;
import dev.millrace.tokenizer.vocabulary.TokenizerCache;
import dev.millrace.tokenizer.vocabulary.TokenizerFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What prompt lookup gains where an answer repeats its prompt, and what it costs where nothing repeats: the same requests
 * with it and without, in turns.
 *
 * <pre>SpeculationBenchmark MODEL [-DTOKENS=200] [-DROUNDS=4] [-DONLY=story]</pre>
 */
final class SpeculationBenchmark {
    private static final String CODE = """
            public final class Basket {
                private final List<Item> items = new ArrayList<>();

                public void add(Item item) {
                    items.add(item);
                }

                public long totalCents() {
                    long total = 0;
                    for (Item item : items) {
                        total += item.priceCents() * item.count();
                    }
                    return total;
                }

                public Optional<Item> find(String name) {
                    for (Item item : items) {
                        if (item.name().equals(name)) {
                            return Optional.of(item);
                        }
                    }
                    return Optional.empty();
                }

                public void clear() {
                    items.clear();
                }
            }
            """;
    private static final String TEXT = """
            The harbour lay still in the morning. Two fishermen mended their nets on the wall, and a dog slept beside them. \
            At eight the ferry came in from the island with sheep, mail and three passengers, one of whom carried a cello. \
            Nobody asked her where she was going, for everybody knew that the festival would begin on Friday.""";

    private final Engine with;
    private final Engine without;
    private final int tokens;

    private SpeculationBenchmark(Engine with, Engine without, int tokens) {
        this.with = with;
        this.without = without;
        this.tokens = tokens;
    }

    public static void main(String[] models) throws IOException {
        for (String model : models) {
            Path path = TestModels.path(model);
            Kernels kernels = Providers.choose(new KernelOptions(
                            Optional.empty(), Runtime.getRuntime().availableProcessors(), Activations.INT8))
                    .kernels();
            System.out.println(model + ": " + kernels.description());
            BackendOptions options =
                    new BackendOptions(OptionalInt.of(4096), KvType.BF16, new CacheSize.Tokens(4096), 16, 256);
            ReentrantLock turns = new ReentrantLock();
            try (kernels;
                    TemporaryFolder folder = TemporaryFolder.named("tokenizers");
                    ModelTokenizer tokenizer = new TokenizerFiles(new TokenizerCache(folder.path())).open(path);
                    LoadedModel first = new ModelLoader(options).load(model, path, kernels);
                    LoadedModel second = new ModelLoader(options).load(model, path, kernels);
                    Engine with = engine(first, Speculation.LOOKUP, turns);
                    Engine without = engine(second, Speculation.OFF, turns)) {
                new SpeculationBenchmark(with, without, Integer.getInteger("TOKENS", 200)).run(tokenizer);
            }
        }
    }

    private static Engine engine(LoadedModel model, Speculation speculation, ReentrantLock turns) {
        EngineOptions options = new EngineOptions(256, 16, 16, 4_096, Duration.ofSeconds(4), false, speculation);
        return new Engine(model.name() + "-" + speculation, model.backend(), model.vocabulary(), options, turns);
    }

    private void run(ModelTokenizer tokenizer) {
        compare(
                "code edit",
                chat(
                        tokenizer,
                        "Rename the method totalCents to sumCents in this class. Answer with the whole"
                                + " class and nothing else.\n\n" + CODE),
                0);
        compare("repeat the text", chat(tokenizer, "Repeat this text word for word:\n\n" + TEXT), 0);
        compare("a story", chat(tokenizer, "Tell me a long story about a lighthouse."), 0.8f);
        int[] random = new Random(1).ints(200, 1_000, 20_000).toArray();
        compare("random tokens", random, 1.5f);
    }

    private static int[] chat(ModelTokenizer tokenizer, String message) {
        return tokenizer.encodeParsingSpecial(
                "<|im_start|>user\n" + message + "<|im_end|>\n<|im_start|>assistant\n", false);
    }

    /** The fastest of some rounds in turns: what else runs on the machine only ever slows one down. */
    private void compare(String what, int[] prompt, float temperature) {
        if (!what.contains(System.getProperty("ONLY", ""))) {
            return;
        }
        double off = 0;
        double on = 0;
        Event.Usage usage = new Event.Usage(0, 0, 0, 0, 0);
        for (int round = 0; round < Integer.getInteger("ROUNDS", 4); round++) {
            off = Math.max(off, rate(answer(without, prompt, temperature)));
            Event.Finished finished = answer(with, prompt, temperature);
            on = Math.max(on, rate(finished));
            usage = finished.usage();
        }
        System.out.printf(
                Locale.ROOT,
                "  %s, %d tokens: %.1f tokens/s without, %.1f with (%.2f x); %d of %d drafts came true%n",
                what,
                usage.completionTokens(),
                off,
                on,
                on / off,
                usage.acceptedTokens(),
                usage.draftedTokens());
    }

    private static double rate(Event.Finished finished) {
        return (finished.usage().completionTokens() - 1)
                * 1e9
                / finished.timings().decodeNanos();
    }

    private Event.Finished answer(Engine engine, int[] prompt, float temperature) {
        SamplingParameters sampling =
                new SamplingParameters(temperature, 0, 1, 0, 1, 0, 0, Map.of(), 7, OptionalInt.empty());
        StopConditions stop = new StopConditions(OptionalInt.of(tokens), 0, List.of(), Set.of(), false, false);
        Request request = new Request.Generate("r", Prompt.of(prompt), sampling, stop, 1, 0, "", false);
        return switch (engine.submit(request)) {
            case Admission.Accepted(Outbox outbox) -> last(outbox);
            case Admission refused -> throw new IllegalStateException("refused: " + refused);
        };
    }

    private static Event.Finished last(Outbox outbox) {
        Semaphore news = new Semaphore(0);
        outbox.onEvents(news::release);
        while (true) {
            Optional<Event> event = outbox.poll();
            if (event.isEmpty()) {
                news.acquireUninterruptibly();
            } else if (event.get() instanceof Event.Finished finished) {
                return finished;
            } else if (event.get() instanceof Event.Failed(var failure)) {
                throw new IllegalStateException(failure.message());
            }
        }
    }
}
