package dev.millrace.kernels.weights;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the machine, or the container that we run in, could still give. */
public final class AvailableMemory {
    private static final Path MEMINFO = Path.of("/proc/meminfo");

    private AvailableMemory() {}

    /** Bytes, as the system estimates them. */
    public static long bytes() {
        OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        // free memory knows a container's limit, but takes the page cache for used
        return Math.min(Math.max(system.getFreeMemorySize(), reclaimable()), system.getTotalMemorySize());
    }

    /** Linux's own estimate, which counts the page cache as available; 0 elsewhere. */
    private static long reclaimable() {
        try {
            for (String line : Files.readAllLines(MEMINFO)) {
                if (line.startsWith("MemAvailable:")) {
                    return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
                }
            }
            return 0;
        } catch (IOException _) {
            return 0;
        }
    }
}
