package dev.millrace.inference.models;

import dev.millrace.inference.model.Adapter;
import dev.millrace.kernels.compute.Kernels;
import dev.millrace.kernels.weights.MalformedFileException;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * The adapters of the model store's folder {@code adapters}, each served as {@code model:adapter} beside its model. They
 * are loaded by a thread of their own, while models compute; requests that run with one that is replaced or removed end with
 * what they began with. One that can't be used is listed as failed with the reason, and concerns nobody else.
 */
public final class Adapters implements AutoCloseable {
    private static final Logger LOG = System.getLogger(Adapters.class.getName());
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
    private static final String FOLDER = "adapters";

    private final Path folder;
    private final ModelRegistry models;
    private final Function<ServedModel, Kernels> packing;
    private final ExecutorService loading = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().daemon().name("adapter-loading").factory());
    /** What is served, by its full name; the loading thread's. */
    private final Map<String, Loaded> loaded = new HashMap<>();

    /** @param version when its files were written: who finds the same again need not read them */
    private record Loaded(String name, List<FileTime> version, ModelState state) {}

    /**
     * Begins to load what the folder holds.
     *
     * @param store the model store's folder
     * @param packing makes kernels of the provider that a model is computed with, to be closed by the caller
     */
    public Adapters(Path store, ModelRegistry models, Function<ServedModel, Kernels> packing) {
        this.folder = store.resolve(FOLDER);
        this.models = models;
        this.packing = packing;
        models.onChange(this::scan);
        scan();
    }

    /** Has the folder read again: what is new or has changed is loaded, what is gone is removed. Returns at once. */
    public void scan() {
        run(() -> {
            List<Path> found = folders();
            for (Path adapter : found) {
                load(adapter, Optional.empty());
            }
            List<String> names =
                    found.stream().map(path -> path.getFileName().toString()).toList();
            loaded.entrySet().stream()
                    .filter(entry -> !names.contains(entry.getValue().name()))
                    .map(Map.Entry::getKey)
                    .toList()
                    .forEach(this::remove);
        });
    }

    /**
     * Has one adapter loaded, or loaded anew. Returns at once.
     *
     * @param base the model's name
     * @param path within the model store: {@code adapters/NAME}
     * @throws IllegalArgumentException if the path is not one that an adapter can have
     */
    public void published(String base, String path) {
        String name = path.startsWith(FOLDER + "/") ? path.substring(FOLDER.length() + 1) : "";
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("an adapter's path is " + FOLDER + "/NAME, was \"" + path + "\"");
        }
        run(() -> load(folder.resolve(name), Optional.of(base)));
    }

    /**
     * Has adapters removed. Returns at once.
     *
     * @param name {@code model:adapter}, or an adapter's own name for those of all models
     */
    public void removed(String name) {
        run(() -> loaded.entrySet().stream()
                .filter(entry ->
                        entry.getKey().equals(name) || entry.getValue().name().equals(name))
                .map(Map.Entry::getKey)
                .toList()
                .forEach(this::remove));
    }

    /** Loads no more. Those that are served are the registry's to close, after its engines. */
    @Override
    public void close() {
        loading.shutdown();
    }

    private void run(Runnable work) {
        try {
            loading.execute(() -> {
                try {
                    work.run();
                } catch (RuntimeException | Error e) {
                    LOG.log(Level.ERROR, "Adapters could not be loaded.", e);
                }
            });
        } catch (RejectedExecutionException _) {
            LOG.log(Level.DEBUG, "The service is stopping: no adapter is loaded any more.");
        }
    }

    private List<Path> folders() {
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder, Files::isDirectory)) {
            for (Path entry : entries) {
                if (NAME.matcher(entry.getFileName().toString()).matches()) {
                    found.add(entry);
                }
            }
        } catch (NoSuchFileException _) {
            // nobody has published any yet
        } catch (IOException e) {
            LOG.log(Level.ERROR, "Adapters can't be read: {0}", e.toString());
        }
        found.sort(null);
        return found;
    }

    private void load(Path path, Optional<String> toldBase) {
        String name = path.getFileName().toString();
        String full = name;
        try {
            requireInside(path);
            String base = toldBase.isPresent() ? toldBase.get() : base(path);
            full = base + ":" + name;
            if (!(models.state(base) instanceof ModelState.Ready(ServedModel model))) {
                // not served here, or not yet: then we are called again
                LOG.log(Level.DEBUG, "Adapter {0} waits for its model.", full);
                return;
            }
            if (models.names().contains(full)) {
                throw new MalformedFileException(path, "is called as the model " + full + " is, expected another name");
            }
            List<FileTime> version = version(path);
            Loaded before = loaded.get(full);
            if (before != null && before.version().equals(version)) {
                return;
            }
            serve(full, new Loaded(name, version, state(full, path, model)));
        } catch (IOException | IllegalArgumentException e) {
            LOG.log(Level.ERROR, "Adapter {0} was not loaded. {1}", full, e.getMessage());
        }
    }

    private ModelState state(String full, Path path, ServedModel model) {
        long startNanos = System.nanoTime();
        try (Kernels kernels = packing.apply(model)) {
            Adapter adapter = PeftFolder.load(path, model.model().backend(), kernels);
            LOG.log(
                    Level.INFO,
                    "Loaded adapter {0} in {1} ms: rank {2}, {3} bytes",
                    full,
                    (System.nanoTime() - startNanos) / 1_000_000,
                    adapter.rank(),
                    adapter.bytes());
            return new ModelState.Adapted(model, adapter, System.currentTimeMillis() / 1000);
        } catch (IOException | RuntimeException | Error e) {
            LOG.log(Level.ERROR, "Adapter {0} was not loaded. {1}", full, e.getMessage());
            return new ModelState.Failed(String.valueOf(e.getMessage()));
        }
    }

    private void serve(String full, Loaded now) {
        Loaded before = loaded.put(full, now);
        if (!models.put(full, now.state())) {
            // all is closed, what was served too
            release(now.state());
        } else if (before != null) {
            release(before.state());
        }
    }

    private void remove(String full) {
        Loaded before = loaded.remove(full);
        if (before != null && models.remove(full)) {
            release(before.state());
            LOG.log(Level.INFO, "Removed adapter {0}.", full);
        }
    }

    private static void release(ModelState state) {
        if (state instanceof ModelState.Adapted adapted) {
            adapted.adapter().close();
        }
    }

    /** The served model that an adapter of the folder belongs to. */
    private String base(Path path) throws IOException {
        String told = PeftFolder.baseModel(path);
        List<String> served = models.names();
        if (served.contains(told)) {
            return told;
        }
        if (served.size() == 1) {
            return served.getFirst();
        }
        throw new MalformedFileException(
                path,
                "is for the model \"" + told + "\", expected one of " + served
                        + ": a file millrace.json with {\"base_model\": \"NAME\"} says which");
    }

    /** A link may not lead out of the store. */
    private void requireInside(Path path) throws IOException {
        Path store = folder.toRealPath();
        for (String file : List.of("", PeftConfig.NAME, PeftFolder.WEIGHTS, PeftFolder.ORIGIN)) {
            Path inside = path.resolve(file);
            if (Files.exists(inside) && !inside.toRealPath().startsWith(store)) {
                throw new MalformedFileException(
                        inside, "leads to " + inside.toRealPath() + ", expected a place within " + store);
            }
        }
    }

    private static List<FileTime> version(Path path) throws IOException {
        List<FileTime> times = new ArrayList<>();
        for (String file : List.of(PeftConfig.NAME, PeftFolder.WEIGHTS)) {
            Path inside = path.resolve(file);
            times.add(Files.exists(inside) ? Files.getLastModifiedTime(inside) : FileTime.fromMillis(0));
        }
        return times;
    }
}
