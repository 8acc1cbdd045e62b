package dev.millrace.training.jobs;

import dev.millrace.training.adapter.PeftAdapter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** Finished adapters in the model store: a folder {@code adapters/NAME} each, there whole or not at all. */
public final class AdapterStore {
    /** Which job made an adapter, and of which model. */
    private static final String ORIGIN = "millrace.json";

    private final Path store;

    /** @param store the model store's folder */
    public AdapterStore(Path store) {
        this.store = store;
    }

    /** Where an adapter lies, within the store. */
    public static String path(String name) {
        return "adapters/" + name;
    }

    /** The job that made the adapter of that name, if there is one. */
    public Optional<String> origin(String name) throws IOException {
        Path folder = store.resolve(path(name));
        if (!Files.exists(folder)) {
            return Optional.empty();
        }
        try {
            return Optional.of(JsonMapper.shared()
                    .readTree(folder.resolve(ORIGIN).toFile())
                    .path("job")
                    .asString(""));
        } catch (JacksonException _) {
            return Optional.of(""); // somebody else's
        }
    }

    /**
     * Brings a checkpoint's adapter to the store. Doing it twice for one job does no harm.
     *
     * @throws IOException if another job's adapter has that name
     */
    void publish(Job job, Path checkpoint) throws IOException {
        String name = job.spec().adapter();
        Optional<String> there = origin(name);
        if (there.isPresent()) {
            if (there.get().equals(job.id())) {
                return;
            }
            throw new IOException("there is an adapter \"" + name + "\" already");
        }
        Path adapters = Files.createDirectories(store.resolve("adapters"));
        Path partial = Files.createTempDirectory(adapters, ".partial-");
        for (String file : new String[] {PeftAdapter.WEIGHTS, PeftAdapter.CONFIG}) {
            Files.copy(checkpoint.resolve(file), partial.resolve(file));
        }
        Files.writeString(
                partial.resolve(ORIGIN),
                JsonMapper.shared()
                        .writeValueAsString(
                                Map.of("job", job.id(), "base_model", job.spec().model())));
        Files.move(partial, adapters.resolve(name), StandardCopyOption.ATOMIC_MOVE);
    }
}
