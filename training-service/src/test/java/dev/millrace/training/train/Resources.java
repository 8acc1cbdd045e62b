package dev.millrace.training.train;

import ai.djl.ndarray.BaseNDManager;
import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What this process holds of the machine.
 *
 * @param arrays of torch that a manager and those below it own, managers included
 * @param files open, of whatever kind
 * @param residentKilobytes of memory, the JVM's heap among it
 */
record Resources(long arrays, long files, long residentKilobytes) {
    static Resources of(NDManager root) throws IOException {
        try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
            return new Resources(below(root), files.count(), resident());
        }
    }

    private static long below(AutoCloseable resource) {
        if (!(resource instanceof BaseNDManager manager)) {
            return 1;
        }
        long count = 1;
        for (Object each : owned(manager).values()) {
            count += below((AutoCloseable) each);
        }
        return count;
    }

    /** DJL shows a manager's arrays, and hides its managers. */
    private static Map<?, ?> owned(BaseNDManager manager) {
        try {
            Field field = BaseNDManager.class.getDeclaredField("resources");
            field.setAccessible(true);
            return (Map<?, ?>) field.get(manager);
        } catch (ReflectiveOperationException changed) {
            throw new IllegalStateException("this version of DJL keeps its resources elsewhere", changed);
        }
    }

    private static long resident() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmRSS"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElseThrow();
    }
}
