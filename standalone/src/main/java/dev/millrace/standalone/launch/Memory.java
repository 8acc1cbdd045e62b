package dev.millrace.standalone.launch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.stream.Stream;

/** How much memory there is for models. */
public final class Memory {
    /** What the services, the broker and the database take beside the models, measured with a small model. */
    private static final long PLATFORM_BYTES = 700L << 20;

    private Memory() {}

    /**
     * Bytes that new programs can have without swapping, if the system says: the machine's, or what is left of the
     * container's.
     */
    public static OptionalLong available() {
        OptionalLong machine = machineAvailable();
        OptionalLong container = containerAvailable();
        if (machine.isEmpty() || container.isEmpty()) {
            return machine.isPresent() ? machine : container;
        }
        return OptionalLong.of(Math.min(machine.getAsLong(), container.getAsLong()));
    }

    /** Refuses models that can't fit, before anything is started for them. */
    static void require(List<NamedModel> models) throws IOException, StartException {
        OptionalLong available = available();
        if (available.isEmpty()) {
            return;
        }
        long needed = PLATFORM_BYTES;
        for (NamedModel model : models) {
            needed += size(model.path());
        }
        if (needed > available.getAsLong()) {
            throw new StartException(String.format(
                    Locale.ROOT,
                    "There is not enough memory: %s needs about %.1f GB, %.1f GB are free.",
                    String.join(" with ", models.stream().map(NamedModel::name).toList()),
                    needed / 1e9,
                    available.getAsLong() / 1e9));
        }
    }

    private static long size(Path model) throws IOException {
        if (!Files.isDirectory(model)) {
            return Files.size(model);
        }
        try (Stream<Path> files = Files.list(model)) {
            return files.filter(Files::isRegularFile)
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        }
    }

    private static OptionalLong machineAvailable() {
        try (Stream<String> lines = Files.lines(Path.of("/proc/meminfo"))) {
            return lines.filter(line -> line.startsWith("MemAvailable:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
                    .findFirst();
        } catch (IOException e) {
            return OptionalLong.empty();
        }
    }

    private static OptionalLong containerAvailable() {
        try {
            String limit =
                    Files.readString(Path.of("/sys/fs/cgroup/memory.max")).strip();
            if (limit.equals("max")) {
                return OptionalLong.empty();
            }
            long used = Long.parseLong(
                    Files.readString(Path.of("/sys/fs/cgroup/memory.current")).strip());
            long reclaimable;
            try (Stream<String> lines = Files.lines(Path.of("/sys/fs/cgroup/memory.stat"))) {
                reclaimable = lines.filter(line -> line.startsWith("inactive_file "))
                        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                        .sum();
            }
            return OptionalLong.of(Math.max(0, Long.parseLong(limit) - used + reclaimable));
        } catch (IOException | NumberFormatException e) {
            return OptionalLong.empty();
        }
    }
}
