package dev.millrace.inference.models;

import dev.millrace.inference.engine.Engine;
import dev.millrace.inference.engine.EngineOptions;
import dev.millrace.kernels.compute.Kernels;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.locks.Lock;

/** A model with the engine that runs it and the kernels that it multiplies with; owns all three. */
public final class ServedModel implements AutoCloseable {
    private final LoadedModel model;
    private final Engine engine;
    private final Kernels kernels;
    private final long createdAtSeconds = System.currentTimeMillis() / 1000;

    private ServedModel(LoadedModel model, Engine engine, Kernels kernels) {
        this.model = model;
        this.engine = engine;
        this.kernels = kernels;
    }

    static ServedModel load(
            String name, Path path, Kernels kernels, ModelRegistry.Loader loader, EngineOptions options, Lock turns)
            throws IOException {
        try {
            LoadedModel model = loader.load(name, path, kernels);
            try {
                Engine engine = new Engine(name, model.backend(), model.vocabulary(), options, turns);
                return new ServedModel(model, engine, kernels);
            } catch (RuntimeException | Error e) {
                model.close();
                throw e;
            }
        } catch (IOException | RuntimeException | Error e) {
            kernels.close();
            throw e;
        }
    }

    public LoadedModel model() {
        return model;
    }

    public Engine engine() {
        return engine;
    }

    /** For a person: provider, instruction set, form of the activations, threads. */
    public String kernels() {
        return kernels.description();
    }

    /** The kernels' provider: {@code scalar}, {@code vector} or {@code native}. */
    public String provider() {
        return kernels.name();
    }

    /** When it was loaded, in seconds since 1970. */
    public long createdAtSeconds() {
        return createdAtSeconds;
    }

    @Override
    public void close() {
        engine.close();
        model.close();
        kernels.close();
    }
}
