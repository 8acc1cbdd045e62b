package dev.millrace.standalone.cli;

import dev.millrace.standalone.launch.Home;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Java's ahead-of-time cache for this build and this JDK: classes as they are once loaded and linked, and what was worth
 * compiling. Made once, after the first start, by a process of low priority that does what {@link Train} does.
 */
final class StartCache {
    private static final Logger LOG = LoggerFactory.getLogger(StartCache.class);

    private StartCache() {}

    /** Has it made in the background, unless it is there or ./millrace named no place for it. */
    static void makeOnce(Home home, String model) {
        String named = System.getProperty("millrace.cache", "");
        if (!named.isEmpty() && !Files.exists(Path.of(named))) {
            Thread.ofPlatform().daemon().name("start-cache").start(() -> make(home, Path.of(named), model));
        }
    }

    private static void make(Home home, Path cache, String model) {
        Path training = home.temporary().resolve("train");
        Path part = cache.resolveSibling(cache.getFileName() + ".part");
        try {
            Files.createDirectories(cache.getParent());
            deleteAll(training);
            Process process = new ProcessBuilder(command(part, model))
                    .redirectErrorStream(true)
                    .redirectOutput(home.logs().resolve("train.log").toFile())
                    .redirectInput(Path.of("/dev/null").toFile())
                    .start();
            Thread stop = new Thread(process::destroy, "stop-start-cache");
            Runtime.getRuntime().addShutdownHook(stop);
            int exit = process.waitFor();
            Runtime.getRuntime().removeShutdownHook(stop);
            if (exit == 0 && Files.exists(part)) {
                Files.move(part, cache, StandardCopyOption.ATOMIC_MOVE);
                dropOlder(cache);
                LOG.info("later starts will begin warm: {}", cache);
            } else {
                LOG.warn("the start cache was not made (exit code {}); train.log beside this file has more", exit);
            }
            Files.deleteIfExists(part);
            deleteAll(training);
        } catch (IOException | IllegalStateException e) {
            LOG.warn("the start cache was not made", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static List<String> command(Path part, String model) {
        List<String> command = new ArrayList<>();
        Path nice = Path.of("/usr/bin/nice");
        if (Files.isExecutable(nice)) {
            command.addAll(List.of(nice.toString(), "-n", "19"));
        }
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(argument -> !argument.startsWith("-XX:AOTCache"))
                .forEach(command::add);
        command.addAll(List.of("-XX:AOTCacheOutput=" + part, "-cp", System.getProperty("java.class.path")));
        command.addAll(List.of(Millrace.class.getName(), "train", "--model", model));
        return command;
    }

    /** Caches of earlier builds serve nobody. */
    private static void dropOlder(Path cache) throws IOException {
        try (Stream<Path> files = Files.list(cache.getParent())) {
            for (Path file : files.filter(file -> file.toString().endsWith(".aot") && !file.equals(cache))
                    .toList()) {
                Files.deleteIfExists(file);
            }
        }
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
