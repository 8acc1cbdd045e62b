package dev.millrace.training.jobs;

import dev.millrace.training.adapter.PeftAdapter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
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

    /**
     * Where an adapter comes from.
     *
     * @param job that made it; empty for one that somebody put there
     * @param baseModel of which it is; empty where that isn't known
     */
    public record Origin(String job, String baseModel) {}

    /** Where the adapter of that name comes from, if there is one. */
    public Optional<Origin> origin(String name) throws IOException {
        Path folder = store.resolve(path(name));
        if (!Files.exists(folder)) {
            return Optional.empty();
        }
        try {
            JsonNode origin =
                    JsonMapper.shared().readTree(folder.resolve(ORIGIN).toFile());
            return Optional.of(new Origin(
                    origin.path("job").asString(""), origin.path("base_model").asString("")));
        } catch (JacksonException _) {
            return Optional.of(new Origin("", "")); // somebody else's
        }
    }

    /**
     * Brings a checkpoint's adapter to the store. Doing it twice for one job does no harm.
     *
     * @throws IOException if another job's adapter has that name
     */
    void publish(Job job, Path checkpoint) throws IOException {
        String name = job.spec().adapter();
        Optional<Origin> there = origin(name);
        if (there.isPresent()) {
            if (there.get().job().equals(job.id())) {
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

    /** Takes an adapter away: from one moment to the next it isn't there. */
    void delete(String name) throws IOException {
        Path adapters = store.resolve("adapters");
        Path gone = adapters.resolve(".deleted-" + UUID.randomUUID());
        Files.move(adapters.resolve(name), gone, StandardCopyOption.ATOMIC_MOVE);
        try (Stream<Path> paths = Files.walk(gone)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
