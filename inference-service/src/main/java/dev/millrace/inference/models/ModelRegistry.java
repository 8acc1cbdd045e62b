package dev.millrace.inference.models;

import dev.millrace.inference.engine.EngineOptions;
import dev.millrace.kernels.compute.Kernels;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * The models that are served. Loads them in the background, one after the other, each with an engine and kernels of its
 * own; a fair lock lets the engines compute in turns, since two steps at once would only fight for the cores.
 */
public final class ModelRegistry implements AutoCloseable {
    private static final Logger LOG = System.getLogger(ModelRegistry.class.getName());

    /** Reads a model's file: {@link ModelLoader#load}. */
    @FunctionalInterface
    public interface Loader {
        LoadedModel load(String name, Path path, Kernels kernels) throws IOException;
    }

    private final Map<String, ModelState> states = new LinkedHashMap<>();
    private final Map<String, Path> paths;
    private final Supplier<Kernels> kernels;
    private final Loader loader;
    private final EngineOptions options;
    private final Lock turns = new ReentrantLock(true);
    private final List<Runnable> listeners = new ArrayList<>();
    private boolean closed;

    /**
     * Begins to load.
     *
     * @param paths of the models' files, by the name that requests call them, in the order of loading
     * @param kernels makes what one model multiplies with
     */
    public ModelRegistry(Map<String, Path> paths, Supplier<Kernels> kernels, Loader loader, EngineOptions options) {
        this.paths = new LinkedHashMap<>(paths);
        this.kernels = kernels;
        this.loader = loader;
        this.options = options;
        paths.keySet().forEach(name -> states.put(name, new ModelState.Loading()));
        Thread.ofPlatform().name("model-loading").daemon().start(this::loadAll);
    }

    /** What is known of the model of this name. */
    public synchronized ModelState state(String name) {
        return states.getOrDefault(name, new ModelState.Unknown(List.copyOf(states.keySet())));
    }

    /** All models, in the order in which they were named, then adapters. */
    public synchronized Map<String, ModelState> states() {
        return new LinkedHashMap<>(states);
    }

    /** The names of the models themselves, without adapters, in the order in which they were named. */
    public List<String> names() {
        return List.copyOf(paths.keySet());
    }

    /** Has {@code listener} called whenever a model is loaded or has failed to. */
    public synchronized void onChange(Runnable listener) {
        listeners.add(listener);
    }

    /** Has all engines take in no more and end within their time of grace. Returns at once. */
    public void stop() {
        ready().forEach(model -> model.engine().stop());
    }

    /** Ends all engines, each with its time of grace, and frees their models. */
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
        }
        // the times of grace must not add up
        stop();
        ready().forEach(ServedModel::close);
        for (ModelState state : states().values()) {
            if (state instanceof ModelState.Adapted adapted) {
                adapted.adapter().close();
            }
        }
    }

    /** Serves an adapter under its full name, in the place of one before; false if all has been closed. */
    synchronized boolean put(String adapter, ModelState state) {
        if (!closed) {
            states.put(adapter, state);
        }
        return !closed;
    }

    /** Serves an adapter no more; false if all has been closed. */
    synchronized boolean remove(String adapter) {
        if (!closed) {
            states.remove(adapter);
        }
        return !closed;
    }

    private synchronized List<ServedModel> ready() {
        List<ServedModel> ready = new ArrayList<>();
        for (ModelState state : states.values()) {
            if (state instanceof ModelState.Ready(ServedModel model)) {
                ready.add(model);
            }
        }
        return ready;
    }

    private void loadAll() {
        for (Map.Entry<String, Path> entry : paths.entrySet()) {
            if (isClosed()) {
                return;
            }
            loaded(entry.getKey(), load(entry.getKey(), entry.getValue()));
        }
    }

    private ModelState load(String name, Path path) {
        long startNanos = System.nanoTime();
        try {
            ServedModel model = ServedModel.load(name, path, kernels.get(), loader, options, turns);
            LOG.log(
                    Level.INFO,
                    "Loaded {0} in {1} ms: {2} {3}, {4} tokens of context, {5} blocks of {6} tokens; kernels {7};"
                            + " by default sampled at [{8}]",
                    name,
                    (System.nanoTime() - startNanos) / 1_000_000,
                    model.model().backend().shape().architecture(),
                    model.model().backend().shape().quantization(),
                    model.engine().limitTokens(),
                    model.model().backend().blocks(),
                    model.engine().blockTokens(),
                    model.kernels(),
                    model.model().sampling());
            return new ModelState.Ready(model);
        } catch (IOException e) {
            LOG.log(Level.ERROR, "Model {0} was not loaded. {1}", name, e.getMessage());
            return new ModelState.Failed(String.valueOf(e.getMessage()));
        } catch (RuntimeException | Error e) {
            LOG.log(Level.ERROR, "Model " + name + " was not loaded.", e);
            return new ModelState.Failed(String.valueOf(e.getMessage()));
        }
    }

    private void loaded(String name, ModelState state) {
        boolean late;
        List<Runnable> called;
        synchronized (this) {
            late = closed;
            if (!late) {
                states.put(name, state);
            }
            called = List.copyOf(listeners);
        }
        if (!late) {
            called.forEach(Runnable::run);
        } else if (state instanceof ModelState.Ready(ServedModel model)) {
            model.close();
        }
    }

    private synchronized boolean isClosed() {
        return closed;
    }
}
