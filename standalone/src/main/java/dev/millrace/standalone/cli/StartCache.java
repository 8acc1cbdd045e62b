package dev.millrace.standalone.cli;

import dev.millrace.standalone.launch.Home;
import dev.millrace.standalone.launch.StartException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Java's ahead-of-time caches for this build and this JDK: classes as they are once loaded and linked, and what was worth
 * compiling. Made once, after the first start, by a process of low priority that does what {@link Train} does: one cache
 * for the platform, and a small one for all other commands.
 */
final class StartCache implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(StartCache.class);
    private static final String PLATFORM = "millrace.cache";
    private static final String COMMANDS = "millrace.commands.cache";

    private final Home home;
    private @Nullable Training training;
    private boolean closed;

    StartCache(Home home) {
        this.home = home;
    }

    /** Where ./millrace looks for the platform's cache; empty without ./millrace. */
    static Optional<Path> platform() {
        return named(PLATFORM);
    }

    /** The same for all other commands. */
    static Optional<Path> commands() {
        return named(COMMANDS);
    }

    /** Until it is whole a cache has another name. */
    static Path part(Path cache) {
        return cache.resolveSibling(cache.getFileName() + ".part");
    }

    /** Why no cache could be made for this build; made anew only with the next one. */
    static Path failure(Path cache) {
        return cache.resolveSibling(cache.getFileName() + ".failed");
    }

    private static Optional<Path> named(String property) {
        return Optional.of(System.getProperty(property, ""))
                .filter(name -> !name.isEmpty())
                .map(Path::of);
    }

    /** Ends the training of a platform that was killed, and clears away what it left. */
    void endLeftOver() {
        try {
            Training.endLeftOver(home);
        } catch (IOException | StartException e) {
            LOG.warn("what an earlier training left", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Has them made in the background, unless they are there or ./millrace named no place for them. */
    void makeOnce(String model) {
        Optional<Path> platform = platform();
        Optional<Path> commands = commands();
        if (platform.isPresent()
                && commands.isPresent()
                && !Files.exists(platform.get())
                && !Files.exists(failure(platform.get()))) {
            Thread.ofPlatform().daemon().name("start-cache").start(() -> make(platform.get(), commands.get(), model));
        }
    }

    /** Gives up what is being made: the next start tries again. */
    @Override
    public void close() {
        Training running;
        synchronized (this) {
            closed = true;
            running = training;
        }
        if (running != null) {
            running.close();
        }
    }

    private void make(Path platform, Path commands, String model) {
        try {
            Training begun;
            synchronized (this) {
                if (closed) {
                    return;
                }
                begun = Training.begin(
                        home, JavaProcess.trainedPlatform(part(platform), List.of("train", "--model", model)));
                training = begun;
            }
            int exit = begun.await();
            synchronized (this) {
                if (!closed) {
                    keep(platform, commands, exit);
                }
            }
            begun.close();
        } catch (IOException | StartException e) {
            LOG.warn("the start cache was not made", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void keep(Path platform, Path commands, int exit) throws IOException {
        if (exit != 0 || !Files.exists(part(platform))) {
            Files.writeString(failure(platform), "training ended with exit code " + exit + "\n");
            LOG.warn("the start cache was not made (exit code {}); train.log beside this file has more", exit);
            return;
        }
        List<Path> made = new ArrayList<>(List.of(platform));
        if (Files.exists(part(commands))) {
            made.add(commands);
        }
        for (Path cache : made) {
            Files.move(part(cache), cache, StandardCopyOption.ATOMIC_MOVE);
        }
        dropOlder(made);
        LOG.info("later starts will begin warm: {}", platform);
    }

    /** Caches of earlier builds serve nobody. */
    private void dropOlder(List<Path> made) throws IOException {
        try (Stream<Path> files = Files.list(home.cache())) {
            for (Path file : files.filter(file -> file.toString().contains(".aot") && !made.contains(file))
                    .toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
