package dev.millrace.training.train;

import dev.millrace.testing.TemporaryFolder;
import dev.millrace.training.examples.Example;
import dev.millrace.training.examples.Examples;
import dev.millrace.training.examples.Sequence;
import dev.millrace.training.method.DirectPreference;
import dev.millrace.training.method.Method;
import dev.millrace.training.method.SupervisedFineTuning;
import dev.millrace.training.model.Decoder;
import dev.millrace.training.model.Frozen;
import dev.millrace.training.model.LoraAdapter;
import dev.millrace.training.model.LoraSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Tokens per second of LoRA of rank 16 on all linear layers, and the memory that it takes:
 * {@code ./mvnw -q -pl training-service -am test-compile exec:exec@main
 * -Dmain=dev.millrace.training.train.FineTuningBenchmark -Darguments="MODEL [sft|dpo] [STEPS] [TOKENS] [BATCH] [THREADS]
 * [float32|same|nf4|q8] [again]"}. Each step sees the same examples, of random tokens: the loss falls as they are learnt by
 * heart. With {@code again} layers are computed again for their derivatives. Beside TRL: compare_with_trl.py, which names a file
 * of examples, a batch for each step, in the place of TOKENS.
 */
public final class FineTuningBenchmark {
    private FineTuningBenchmark() {}

    public static void main(String[] arguments) throws IOException {
        Path model = Path.of(arguments[0]);
        boolean pairs = arguments.length > 1 && "dpo".equals(arguments[1]);
        int steps = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 5;
        String data = arguments.length > 3 ? arguments[3] : "512";
        int batch = arguments.length > 4 ? Integer.parseInt(arguments[4]) : 4;
        int threads = arguments.length > 5
                ? Integer.parseInt(arguments[5])
                : Runtime.getRuntime().availableProcessors();
        Frozen frozen = arguments.length > 6 ? Frozen.valueOf(arguments[6].toUpperCase(Locale.ROOT)) : Frozen.FLOAT32;
        boolean again = arguments.length > 7 && "again".equals(arguments[7]);
        long start = System.nanoTime();
        try (TemporaryFolder folder = TemporaryFolder.named("fine-tuning");
                Decoder decoder = Decoder.load(model, threads, frozen)) {
            System.out.printf("loaded in %.1f s%n", (System.nanoTime() - start) / 1e9);
            LoraAdapter adapter = decoder.adapt(LoraSettings.ofRank(16), 1);
            Examples examples = data.endsWith(".json")
                    ? read(Path.of(data))
                    : random(batch, pairs ? 2 : 1, Integer.parseInt(data), (int) decoder.vocabulary());
            Method method = pairs
                    ? new DirectPreference(new DirectPreference.Settings(DirectPreference.Loss.SIGMOID, 0.1, 0, false))
                    : new SupervisedFineTuning();
            TrainingSettings settings = new TrainingSettings(
                    steps,
                    OptionalLong.of(steps),
                    batch,
                    1,
                    1e-4,
                    Schedule.Shape.CONSTANT,
                    0,
                    0,
                    1,
                    1,
                    false,
                    1_000_000,
                    new TrainingSettings.Options(TrainingSettings.Rule.ADAMW, 0, 0, 0, again, 0),
                    frozen);
            Optimizer optimizer = new AdamW(
                    AdamW.Settings.USUAL, adapter.parameters(), decoder.torch().root());
            long[] last = {System.nanoTime(), 0, cpuNanos()};
            new Trainer(decoder, adapter, method, optimizer, settings, examples)
                    .run(new Checkpoints(folder.path(), model.toString()), report -> {
                        long now = System.nanoTime();
                        System.out.printf(
                                "step %d: %.1f tokens/s, %.2f CPU s, loss %.4f, %s resident%n",
                                report.step(),
                                (report.trainedTokens() - last[1]) * 1e9 / (now - last[0]),
                                (cpuNanos() - last[2]) / 1e9,
                                report.metrics().get("loss"),
                                resident());
                        last[0] = System.nanoTime();
                        last[2] = cpuNanos();
                        last[1] = report.trainedTokens();
                        return true;
                    });
        }
    }

    /** Of all threads: what a neighbour on the machine changes least. */
    private static long cpuNanos() {
        return ProcessHandle.current()
                .info()
                .totalCpuDuration()
                .orElse(Duration.ZERO)
                .toNanos();
    }

    /** As compare_with_trl.py writes them. */
    private static Examples read(Path file) {
        List<Example> examples = new ArrayList<>();
        for (JsonNode row : JsonMapper.shared().readTree(file.toFile())) {
            List<Sequence> sequences = new ArrayList<>();
            for (JsonNode ids : row.get("sequences")) {
                sequences.add(
                        Sequence.completion(Golden.ids(ids), row.get("prompt").asInt()));
            }
            examples.add(new Example(sequences));
        }
        return Examples.of(examples);
    }

    private static Examples random(int count, int perExample, int length, int vocabulary) {
        SplittableRandom random = new SplittableRandom(1);
        List<Example> examples = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            List<Sequence> sequences = new ArrayList<>();
            for (int j = 0; j < perExample; j++) {
                sequences.add(Sequence.plain(random.ints(length, 0, vocabulary).toArray()));
            }
            examples.add(new Example(sequences));
        }
        return Examples.of(examples);
    }

    private static String resident() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmRSS") || line.startsWith("VmHWM"))
                .map(line -> line.replaceAll("\\s+", " "))
                .toList()
                .toString();
    }
}
