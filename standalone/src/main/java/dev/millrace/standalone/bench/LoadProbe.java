package dev.millrace.standalone.bench;

import dev.millrace.inference.model.Backend;
import dev.millrace.inference.model.BackendOptions;
import dev.millrace.inference.model.BackendOptions.CacheSize;
import dev.millrace.inference.model.Step;
import dev.millrace.inference.models.LoadedModel;
import dev.millrace.inference.models.ModelLoader;
import dev.millrace.kernels.compute.Kernels;
import dev.millrace.kernels.compute.TokenBatch;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Loads a model in a process of its own, as a start does: what was loaded in this one would already be warm. */
public final class LoadProbe {
    private static final int CACHE_TOKENS = 256;

    private LoadProbe() {}

    /** What one process found. */
    private record Found(double millis, long residentBytes) {}

    /** Measures it twice, each time in a new process. */
    public static Loading measure(Path model) throws IOException, InterruptedException {
        Found first = start(model);
        Found again = start(model);
        return new Loading(first.millis, again.millis, again.residentBytes);
    }

    /** The process: a path in, milliseconds and bytes out. */
    public static void main(String[] arguments) throws IOException {
        Path model = Path.of(arguments[0]);
        BackendOptions options = BackendOptions.DEFAULT.with(new CacheSize.Tokens(CACHE_TOKENS));
        long begin = System.nanoTime();
        try (Kernels kernels = ChosenKernels.open(System.getenv()).kernels();
                LoadedModel loaded = new ModelLoader(options).load("probe", model, kernels)) {
            double millis = (System.nanoTime() - begin) / 1e6;
            computeOne(loaded.backend());
            long resident = ResidentMemory.of(ProcessHandle.current().pid()).orElse(0);
            System.out.println(millis + " " + resident);
        } catch (IOException e) {
            System.err.println(e.getMessage());
            System.exit(1);
        }
    }

    /** Touches every weight once. */
    private static void computeOne(Backend backend) {
        backend.forward(new Step(
                new TokenBatch(1, new int[1], new int[1], new int[][] {{0}}),
                new int[] {1},
                List.of(),
                1,
                new int[1],
                0,
                new int[0]));
    }

    private static Found start(Path model) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(
                List.of("-cp", System.getProperty("java.class.path"), LoadProbe.class.getName(), model.toString()));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            List<String> said = lines.lines().toList();
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            if (process.waitFor() != 0 || said.isEmpty()) {
                throw new IOException(model + " can't be loaded: " + String.join(" ", said));
            }
            String[] found = said.getLast().split(" ", -1);
            return new Found(Double.parseDouble(found[0]), Long.parseLong(found[1]));
        } finally {
            process.destroyForcibly();
        }
    }
}
