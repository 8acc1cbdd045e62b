package dev.millrace.standalone.cli;

import dev.millrace.standalone.launch.Home;
import dev.millrace.standalone.launch.Server;
import dev.millrace.standalone.launch.StartException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A process of the lowest priority that does what {@link Train} does, in a home of its own. */
final class Training implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Training.class);

    private final Home home;
    private final Process process;

    private Training(Home home, Process process) {
        this.home = home;
        this.process = process;
    }

    /** @param java what to run */
    static Training begin(Home home, List<String> java) throws IOException, StartException, InterruptedException {
        endLeftOver(home);
        List<String> command = new ArrayList<>();
        for (List<String> wrapper : List.of(List.of("/usr/bin/setsid"), List.of("/usr/bin/nice", "-n", "19"))) {
            if (Files.isExecutable(Path.of(wrapper.getFirst()))) {
                command.addAll(wrapper);
            }
        }
        command.addAll(java);
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(home.logs().resolve("train.log").toFile())
                .redirectInput(Path.of("/dev/null").toFile())
                .start();
        Files.writeString(pidFile(home), describe(process.toHandle()));
        yieldToOtherSessions(process.pid());
        return new Training(home, process);
    }

    /** Linux may share the processor among sessions first, and heed niceness only within one. */
    private static void yieldToOtherSessions(long pid) {
        try {
            Files.writeString(Path.of("/proc/" + pid + "/autogroup"), "19");
        } catch (IOException e) {
            LOG.debug("this system doesn't share among sessions", e);
        }
    }

    /** Ends one that a killed platform left, if there is one, and deletes what it had made. */
    static void endLeftOver(Home home) throws IOException, StartException, InterruptedException {
        Path file = pidFile(home);
        if (Files.exists(file)) {
            String left = Files.readString(file);
            pid(left)
                    .flatMap(ProcessHandle::of)
                    // a pid may have a new owner: the time of its begin tells
                    .filter(process -> describe(process).equals(left))
                    .ifPresent(Training::end);
            clear(home);
            Files.deleteIfExists(file);
        }
    }

    /** Returns its exit code. */
    int await() throws InterruptedException {
        return process.waitFor();
    }

    /** Ends it, with all that it started, and deletes what it had made. */
    @Override
    public synchronized void close() {
        try {
            end(process.toHandle());
            clear(home);
            Files.deleteIfExists(pidFile(home));
        } catch (IOException | StartException e) {
            LOG.warn("ending the start cache's training", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    static Home ownHome(Home home) {
        return new Home(home.temporary().resolve("train"));
    }

    /** Nothing of it is worth an orderly end, in which Java would write its cache for seconds. */
    private static void end(ProcessHandle process) {
        List<ProcessHandle> all = new ArrayList<>(process.descendants().toList());
        all.add(process);
        all.forEach(ProcessHandle::destroyForcibly);
        all.forEach(one -> one.onExit().join());
    }

    private static void clear(Home home) throws IOException, StartException, InterruptedException {
        Server.endLeftOver(ownHome(home));
        deleteAll(ownHome(home).folder());
        if (Files.exists(home.cache())) {
            try (Stream<Path> files = Files.list(home.cache())) {
                for (Path file :
                        files.filter(file -> file.toString().contains(".part")).toList()) {
                    Files.deleteIfExists(file);
                }
            }
        }
    }

    private static Path pidFile(Home home) {
        return home.run().resolve("training");
    }

    private static String describe(ProcessHandle process) {
        return process.pid() + " "
                + process.info().startInstant().map(Object::toString).orElse("");
    }

    private static Optional<Long> pid(String described) {
        String first = described.split(" ", 2)[0];
        return first.matches("\\d{1,18}") ? Optional.of(Long.parseLong(first)) : Optional.empty();
    }

    private static void deleteAll(Path folder) throws IOException {
        if (Files.exists(folder)) {
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
                    Files.deleteIfExists(file);
                }
            }
        }
    }
}
