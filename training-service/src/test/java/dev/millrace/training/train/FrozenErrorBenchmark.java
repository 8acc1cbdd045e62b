package dev.millrace.training.train;

import dev.millrace.testing.TemporaryFolder;
import dev.millrace.training.examples.Examples;
import dev.millrace.training.examples.Sequence;
import dev.millrace.training.method.SupervisedFineTuning;
import dev.millrace.training.model.Arrays64;
import dev.millrace.training.model.Decoder;
import dev.millrace.training.model.Frozen;
import dev.millrace.training.model.LoraAdapter;
import dev.millrace.training.model.LoraSettings;
import dev.millrace.training.model.PassSettings;
import dev.millrace.training.model.ScoredBatch;
import dev.millrace.training.torch.Scope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * What keeping frozen weights in few bits changes: the adapter's gradient, the losses of some steps, the adapter after them, each beside
 * those of float32 weights. {@code ./mvnw -q -pl training-service -am test-compile exec:exec@main
 * -Dmain=dev.millrace.training.train.FrozenErrorBenchmark -Darguments="MODEL TEXT same|nf4|q8 [STEPS] [TOKENS] [BATCH]"}: the text
 * is learnt, cut into sequences.
 */
public final class FrozenErrorBenchmark {
    private FrozenErrorBenchmark() {}

    /**
     * @param gradient of the adapter before the first step
     * @param losses of each step
     * @param moved how far the adapter's matrices went
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Run(double[] gradient, List<Double> losses, double[] moved) {}

    public static void main(String[] arguments) throws IOException {
        Path model = Path.of(arguments[0]);
        Frozen frozen = Frozen.valueOf(arguments[2].toUpperCase(Locale.ROOT));
        int steps = arguments.length > 3 ? Integer.parseInt(arguments[3]) : 20;
        int tokens = arguments.length > 4 ? Integer.parseInt(arguments[4]) : 256;
        int batch = arguments.length > 5 ? Integer.parseInt(arguments[5]) : 2;
        Examples examples = TextTokens.cut(model, Files.readString(Path.of(arguments[1])), 4 * batch, tokens);
        Run exact = run(model, Frozen.FLOAT32, examples, steps, batch);
        Run other = run(model, frozen, examples, steps, batch);
        System.out.printf("gradient's cosine %.6f%n", cosine(exact.gradient, other.gradient));
        for (int i = 0; i < steps; i++) {
            System.out.printf("loss of step %d: %.4f, %.4f%n", i + 1, exact.losses.get(i), other.losses.get(i));
        }
        System.out.printf("adapter's change: cosine %.6f%n", cosine(exact.moved, other.moved));
    }

    private static Run run(Path model, Frozen frozen, Examples examples, int steps, int batch) throws IOException {
        try (TemporaryFolder folder = TemporaryFolder.named("error");
                Decoder decoder = Decoder.load(model, Runtime.getRuntime().availableProcessors(), frozen)) {
            LoraAdapter adapter = decoder.adapt(LoraSettings.ofRank(16), 1);
            // B that is 0 would leave A without a gradient
            adapter.parameters().forEach((name, parameter) -> {
                if (name.contains("lora_B")) {
                    float[] values = new float[(int) parameter.value().size()];
                    java.util.Random random = new java.util.Random(name.hashCode());
                    for (int i = 0; i < values.length; i++) {
                        values[i] = 0.01f * (float) random.nextGaussian();
                    }
                    adapter.set(name, values);
                }
            });
            double[] gradient = gradient(decoder, adapter, examples, batch);
            double[] before = values(adapter);
            TrainingSettings settings = new TrainingSettings(
                    steps,
                    OptionalLong.of(steps),
                    batch,
                    1,
                    2e-4,
                    Schedule.Shape.COSINE,
                    0,
                    0,
                    1,
                    1,
                    false,
                    1_000_000,
                    TrainingSettings.Options.USUAL,
                    Frozen.FLOAT32);
            Optimizer optimizer =
                    settings.optimizer(adapter.parameters(), decoder.torch().root());
            List<Double> losses = new ArrayList<>();
            new Trainer(decoder, adapter, new SupervisedFineTuning(), optimizer, settings, examples)
                    .run(new Checkpoints(folder.path(), "model"), report -> {
                        losses.add(report.metrics().get("loss"));
                        return true;
                    });
            double[] after = values(adapter);
            for (int i = 0; i < after.length; i++) {
                after[i] -= before[i];
            }
            return new Run(gradient, losses, after);
        }
    }

    private static double[] gradient(Decoder decoder, LoraAdapter adapter, Examples examples, int batch)
            throws IOException {
        List<Sequence> sequences = new ArrayList<>();
        List<double[]> coefficients = new ArrayList<>();
        for (int i = 0; i < batch; i++) {
            Sequence sequence = examples.get(i).sequences().getFirst();
            sequences.add(sequence);
            double[] each = new double[sequence.scoredTokens()];
            Arrays.fill(each, -1.0 / each.length);
            coefficients.add(each);
        }
        try (Scope scope = decoder.torch().scope()) {
            ScoredBatch.of(decoder, scope, sequences, Optional.of(adapter), PassSettings.learn(1))
                    .backward(coefficients);
            Map<String, double[]> all = new TreeMap<>();
            adapter.parameters().forEach((name, parameter) -> all.put(name, Arrays64.doubles(parameter.gradient())));
            adapter.parameters()
                    .values()
                    .forEach(parameter -> parameter.gradient().subi(parameter.gradient()));
            return joined(all);
        }
    }

    private static double[] values(LoraAdapter adapter) {
        Map<String, double[]> all = new TreeMap<>();
        adapter.parameters().forEach((name, parameter) -> all.put(name, Arrays64.doubles(parameter.value())));
        return joined(all);
    }

    private static double[] joined(Map<String, double[]> parts) {
        return parts.values().stream().flatMapToDouble(Arrays::stream).toArray();
    }

    private static double cosine(double[] x, double[] y) {
        double product = 0;
        double xs = 0;
        double ys = 0;
        for (int i = 0; i < x.length; i++) {
            product += x[i] * y[i];
            xs += x[i] * x[i];
            ys += y[i] * y[i];
        }
        return product / Math.sqrt(xs * ys);
    }
}
