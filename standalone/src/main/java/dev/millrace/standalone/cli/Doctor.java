package dev.millrace.standalone.cli;

import dev.millrace.kernels.compute.Kernels;
import dev.millrace.kernels.compute.Providers;
import dev.millrace.standalone.bench.ChosenKernels;
import dev.millrace.standalone.catalogue.Catalogue;
import dev.millrace.standalone.launch.Memory;
import dev.millrace.standalone.launch.Ports;
import dev.millrace.standalone.launch.RunFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Command;

/** Says what this machine offers, and what it lacks. */
@Command(
        name = "doctor",
        mixinStandardHelpOptions = true,
        description =
                "Looks at the JDK, the processor, kernels, memory, disk, models, ports and tools, and says what would help.",
        footer = {"", "Exit code: 0 if ./millrace up should work, 1 if something is in its way."})
final class Doctor implements Callable<Integer> {
    private static final Set<String> TOLD_FLAGS = Set.of(
            "avx2",
            "fma",
            "f16c",
            "avx512f",
            "avx512bw",
            "avx512_vnni",
            "avx512_bf16",
            "avx_vnni",
            "amx_int8",
            "asimd",
            "asimddp",
            "i8mm",
            "sve");
    private static final long LEAST_DISK_BYTES = 500_000_000;
    private static final long LEAST_MEMORY_BYTES = 1_000_000_000;

    private final Session session;
    private boolean healthy = true;

    Doctor(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws IOException {
        good("JDK", Runtime.version() + " in " + System.getProperty("java.home"));
        good(
                "Processor",
                Runtime.getRuntime().availableProcessors() + " cores, " + System.getProperty("os.arch") + ", "
                        + flags());
        kernels();
        memory();
        disk();
        models();
        Optional<RunFile> running = RunFile.ofLiving(session.home());
        if (running.isPresent()) {
            good(
                    "Platform",
                    "runs at " + running.get().url() + " (pid " + running.get().pid() + ")");
        } else {
            port(8080, "--port");
            port(9090, "--grpc-port");
        }
        tool("setsid", "without it --detach uses nohup", Path.of("/usr/bin/setsid"));
        if (System.getProperty("user.name").equals("root")) {
            root();
        }
        cache();
        return healthy ? 0 : 1;
    }

    private void kernels() {
        try {
            Providers.Choice choice = ChosenKernels.open(session.environment());
            try (Kernels kernels = choice.kernels()) {
                good(
                        "Kernels",
                        choice.reason()
                                + (kernels.name().equals("native")
                                                || ChosenKernels.asked(session.environment())
                                                        .isPresent()
                                        ? ""
                                        : "; with a C compiler (cc, gcc or clang) the next build makes faster ones"));
            }
        } catch (IllegalArgumentException e) {
            bad("Kernels", String.valueOf(e.getMessage()));
        }
    }

    private void models() {
        Catalogue catalogue = session.catalogue();
        String there = catalogue.entries().stream()
                .filter(entry -> Files.exists(session.pull().file(entry)))
                .map(entry -> entry.name() + " (" + gigabytes(entry.bytes()) + ")")
                .collect(Collectors.joining(", "));
        good(
                "Models",
                there.isEmpty()
                        ? "none yet; ./millrace up fetches " + catalogue.defaultModel()
                        : there + " in " + session.home().models());
    }

    private void memory() {
        OptionalLong available = Memory.available();
        if (available.isEmpty()) {
            good("Memory", "this system doesn't say");
        } else if (available.getAsLong() < LEAST_MEMORY_BYTES) {
            bad("Memory", gigabytes(available.getAsLong()) + " free; the smallest model needs about 1 GB");
        } else {
            good("Memory", gigabytes(available.getAsLong()) + " free");
        }
    }

    private void disk() throws IOException {
        Path folder = session.home().folder();
        while (!Files.exists(folder)) {
            folder = Objects.requireNonNull(folder.getParent(), "the root folder exists");
        }
        long free = Files.getFileStore(folder).getUsableSpace();
        if (free < LEAST_DISK_BYTES) {
            bad("Disk", gigabytes(free) + " free at " + folder + "; the smallest model and its data need 0.5 GB");
        } else if (!Files.isWritable(folder)) {
            bad("Disk", folder + " can't be written: set MILLRACE_HOME to a folder of yours");
        } else {
            good("Disk", gigabytes(free) + " free at " + folder);
        }
    }

    private void port(int port, String option) {
        if (Ports.isFree(port)) {
            good("Port " + port, "free");
        } else {
            bad(
                    "Port " + port,
                    "in use" + Ports.owner(port).map(name -> " by " + name).orElse("") + ": choose another with "
                            + option);
        }
    }

    private void root() {
        Path unshare = Path.of("/usr/bin/unshare");
        if (Files.isExecutable(unshare)) {
            good("Root", "PostgreSQL runs in a user namespace, since it refuses to run as root");
        } else {
            bad("Root", "PostgreSQL refuses to run as root, and unshare (util-linux) is missing: use another user");
        }
    }

    private void tool(String name, String otherwise, Path path) {
        good("Tool", name + (Files.isExecutable(path) ? "" : " is missing; " + otherwise));
    }

    private void cache() throws IOException {
        Optional<Path> cache = StartCache.platform();
        if (cache.isPresent() && Files.exists(cache.get())) {
            good("Start cache", cache.get().toString());
        } else if (cache.isPresent()) {
            Path failure = StartCache.failure(cache.get());
            good(
                    "Start cache",
                    Files.exists(failure)
                            ? "none: " + Files.readString(failure).strip()
                            : "none yet: the first ./millrace up makes it");
        }
    }

    private static String flags() throws IOException {
        Path cpuinfo = Path.of("/proc/cpuinfo");
        if (!Files.exists(cpuinfo)) {
            return "features unknown";
        }
        try (Stream<String> lines = Files.lines(cpuinfo)) {
            Set<String> told = new TreeSet<>();
            lines.filter(line -> line.startsWith("flags") || line.startsWith("Features"))
                    .findFirst()
                    .ifPresent(line -> told.addAll(List.of(
                            line.substring(line.indexOf(':') + 1).strip().split("\\s+"))));
            told.retainAll(TOLD_FLAGS);
            return told.isEmpty() ? "no vector features" : String.join(" ", told);
        }
    }

    private void good(String what, String finding) {
        line("ok  ", what, finding);
    }

    private void bad(String what, String finding) {
        healthy = false;
        line("BAD ", what, finding);
    }

    private void line(String mark, String what, String finding) {
        session.out().printf(Locale.ROOT, "%s %-12s %s%n", mark, what, finding);
    }

    private static String gigabytes(long bytes) {
        return String.format(Locale.ROOT, "%.1f GB", bytes / 1e9);
    }
}
