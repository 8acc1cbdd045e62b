package dev.millrace.standalone.cli;

import dev.millrace.kernels.compute.Kernels;
import dev.millrace.kernels.compute.MachinePeaks;
import dev.millrace.kernels.compute.Providers;
import dev.millrace.standalone.bench.BenchReport;
import dev.millrace.standalone.bench.ChosenKernels;
import dev.millrace.standalone.bench.HtmlReport;
import dev.millrace.standalone.bench.JsonReport;
import dev.millrace.standalone.bench.KernelFigures;
import dev.millrace.standalone.bench.LoadFigures;
import dev.millrace.standalone.bench.LoadPlan;
import dev.millrace.standalone.bench.LoadProbe;
import dev.millrace.standalone.bench.LoadRun;
import dev.millrace.standalone.bench.Loading;
import dev.millrace.standalone.bench.Machine;
import dev.millrace.standalone.bench.ModelFigures;
import dev.millrace.standalone.bench.Server;
import dev.millrace.standalone.bench.TextReport;
import dev.millrace.standalone.launch.Build;
import dev.millrace.standalone.launch.NamedModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Measures the machine, the kernels and the platform under load. */
@Command(
        name = "bench",
        mixinStandardHelpOptions = true,
        description = {
            "Measures what this machine can do, what the kernels reach of it on a model's own matrices, and the platform"
                    + " over HTTP: load, prefill, decode for one and for many users, first tokens and gaps under load.",
            "The platform that runs is measured; without one, one is started for each model and stopped after it.",
            "Prompts are random words, answers have an exact length, medians count, warm-up doesn't."
        },
        footer = {
            "",
            "Examples:",
            "  ./millrace bench --quick",
            "  ./millrace bench --model qwen2.5-coder-1.5b --users 1,8,32 --html bench.html",
            "  ./millrace bench --compare http://127.0.0.1:8081 --json bench.json"
        })
final class Bench implements Callable<Integer> {
    private final Session session;

    @Option(
            names = "--model",
            paramLabel = "NAME|PATH",
            description = "A model to measure. Repeatable. Default: what the running platform serves, or the default"
                    + " model.")
    private List<String> names = new ArrayList<>();

    @Mixin
    private BenchLoad load = new BenchLoad();

    @Mixin
    private BenchCompare compare = new BenchCompare();

    @Option(names = "--no-kernels", description = "Leave out the kernels' own products.")
    private boolean noKernels;

    @Option(names = "--json", paramLabel = "FILE", description = "Write all figures there; - for standard output.")
    private Optional<String> json = Optional.empty();

    @Option(names = "--html", paramLabel = "FILE", description = "Write a page with drawings there.")
    private Optional<Path> html = Optional.empty();

    Bench(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws Exception {
        long begin = System.nanoTime();
        requireWritable();
        LoadPlan plan = load.plan();
        List<NamedModel> models =
                new ModelChoice(session, false).resolve(names.isEmpty() ? BenchPlatform.servedNames(session) : names);
        try (Ending ending = Ending.onInterrupt()) {
            List<ModelFigures> figures = new ArrayList<>();
            Optional<Machine> machine = Optional.empty();
            Providers.Choice choice = ChosenKernels.open(session.environment());
            try (Kernels kernels = choice.kernels()) {
                session.err().println("Measuring this machine's peaks.");
                MachinePeaks peaks = MachinePeaks.measure(ChosenKernels.threads(session.environment()));
                machine = Optional.of(Machine.here(choice.reason(), peaks));
                for (NamedModel model : models) {
                    measure(model, plan, kernels, figures::add);
                }
                session.err().printf(Locale.ROOT, "Done in %.0f s.%n", (System.nanoTime() - begin) / 1e9);
            } catch (InterruptedException e) {
                session.err().println("Stopped early: what was measured by then follows.");
            } finally {
                machine.ifPresent(known ->
                        write(new BenchReport(Instant.now(), Build.current().version(), known, plan, figures)));
            }
            return ending.wanted() ? 130 : 0;
        }
    }

    private void measure(NamedModel model, LoadPlan plan, Kernels kernels, Consumer<ModelFigures> done)
            throws IOException, Unable, InterruptedException {
        Consumer<String> progress = what -> session.err().println(model.name() + ": " + what);
        // what would fail fails first
        BenchPlatform.requireServed(session, model);
        Optional<Server> other = compare.find(model.name());
        Optional<Loading> loading = Optional.empty();
        Optional<KernelFigures> products = Optional.empty();
        String description = "";
        long resident = 0;
        List<LoadFigures> servers = new ArrayList<>();
        try {
            progress.accept("loading it, twice");
            loading = Optional.of(LoadProbe.measure(model.path()));
            if (!noKernels) {
                products = Optional.of(load.kernels(kernels).measure(model.path(), progress));
            }
            try (BenchPlatform platform = BenchPlatform.open(session, model)) {
                description = platform.description();
                List<Server> asked = new ArrayList<>(List.of(platform.server()));
                other.ifPresent(asked::add);
                LoadRun.measure(plan.within(platform.contextTokens()), asked, progress, servers::add);
                resident = platform.residentBytes();
            }
        } finally {
            done.accept(new ModelFigures(model.name(), description, loading, products, resident, servers));
        }
    }

    private void write(BenchReport report) {
        try {
            if (json.isEmpty() || !json.get().equals("-")) {
                session.out().print(TextReport.of(report));
            }
            if (json.isPresent()) {
                String text = JsonReport.of(report).toPrettyString() + "\n";
                if (json.get().equals("-")) {
                    session.out().print(text);
                } else {
                    Files.writeString(Path.of(json.get()), text);
                }
            }
            if (html.isPresent()) {
                Files.writeString(html.get(), HtmlReport.of(report));
            }
        } catch (IOException e) {
            session.err().println("The figures can't be written: " + e.getMessage());
        }
        session.out().flush();
    }

    /** Before an hour is spent on what can't be kept. */
    private void requireWritable() throws Unable {
        List<Path> files = new ArrayList<>();
        json.filter(file -> !file.equals("-")).ifPresent(file -> files.add(Path.of(file)));
        html.ifPresent(files::add);
        for (Path file : files) {
            Path folder = file.toAbsolutePath().getParent();
            if (folder == null || !Files.isWritable(folder) || Files.isDirectory(file)) {
                throw new Unable(file + " can't be written.");
            }
        }
    }
}
