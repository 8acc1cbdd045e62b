package dev.millrace.standalone.bench;

import dev.millrace.kernels.compute.MachinePeaks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * Where it was measured.
 *
 * @param processor as the system names it
 * @param cores that Java sees
 * @param system name and architecture
 * @param java version
 * @param kernels which were chosen, and why
 */
public record Machine(String processor, int cores, String system, String java, String kernels, MachinePeaks peaks) {
    /** This one, with its peaks, which must have been measured now. */
    public static Machine here(String kernels, MachinePeaks peaks) {
        return new Machine(
                processorName(),
                Runtime.getRuntime().availableProcessors(),
                System.getProperty("os.name") + " " + System.getProperty("os.arch"),
                Runtime.version().toString(),
                kernels,
                peaks);
    }

    private static String processorName() {
        try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"))) {
            return lines.filter(line -> line.startsWith("model name"))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse("unknown");
        } catch (IOException e) {
            return "unknown";
        }
    }
}
