package dev.millrace.training.jobs;

import dev.millrace.training.adapter.PeftAdapter;
import dev.millrace.training.adapter.TunedModel;
import dev.millrace.training.train.Checkpoints;
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

/**
 * What was trained, in the model store, there whole or not at all: an adapter is a folder {@code adapters/NAME}, a reward model
 * a folder {@code reward-models/NAME}, a model whose weights were all trained a file {@code NAME.gguf} or a folder
 * {@code NAME}, as its base is one or the other.
 */
public final class AdapterStore {
    /** Which job made an adapter, and of which model. */
    private static final String ORIGIN = "millrace.json";

    private static final String GGUF = ".gguf";
    private static final String ADAPTERS = "adapters";
    private static final String REWARDS = "reward-models";

    private final Path store;

    /** @param store the model store's folder */
    public AdapterStore(Path store) {
        this.store = store;
    }

    /** Where an adapter lies, within the store. */
    public static String path(JobSpec spec) {
        return folder(spec) + "/" + spec.adapter();
    }

    private static String folder(JobSpec spec) {
        return spec.method().scores() ? REWARDS : ADAPTERS;
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
        return originOf(ADAPTERS + "/" + name);
    }

    /** The same of what would be a job's. */
    Optional<Origin> origin(JobSpec spec) throws IOException {
        return originOf(path(spec));
    }

    private Optional<Origin> originOf(String path) throws IOException {
        Path folder = store.resolve(path);
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
        Optional<Origin> there = origin(job.spec());
        if (there.isPresent()) {
            if (there.get().job().equals(job.id())) {
                return;
            }
            throw new IOException("there is an adapter \"" + name + "\" already");
        }
        Path adapters = Files.createDirectories(store.resolve(folder(job.spec())));
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

    /** Whether a model of that name lies there, or can't. */
    boolean hasModel(String name) {
        return name.equals(ADAPTERS)
                || name.equals(REWARDS)
                || Files.exists(store.resolve(name))
                || Files.exists(store.resolve(name + GGUF));
    }

    /**
     * Brings all weights of a checkpoint to the store. Doing it twice for one job does no harm.
     *
     * @param base the model that was trained
     * @param mark a file of the job's own, which says that it came so far
     * @return where they lie, within the store
     * @throws IOException if there is another model of that name
     */
    String publishModel(Job job, Path base, Path checkpoint, Path mark) throws IOException {
        String name = job.spec().adapter();
        boolean folder = Files.isDirectory(base);
        String path = folder ? name : name + GGUF;
        if (Files.exists(store.resolve(path)) && Files.exists(mark)) {
            return path;
        }
        if (hasModel(name)) {
            throw new IOException("there is a model \"" + name + "\" already");
        }
        Path partial = Files.createTempDirectory(Files.createDirectories(store), ".partial-");
        try {
            Path whole = partial.resolve(path);
            if (folder) {
                Files.createDirectory(whole);
            }
            TunedModel.write(base, Checkpoints.weights(checkpoint), whole);
            Files.writeString(mark, path);
            Files.move(whole, store.resolve(path), StandardCopyOption.ATOMIC_MOVE);
        } finally {
            deleteAll(partial);
        }
        return path;
    }

    /** Where the reward model of that name comes from, if there is one. */
    Optional<Origin> rewardOrigin(String name) throws IOException {
        return originOf(REWARDS + "/" + name);
    }

    /** Takes an adapter away: from one moment to the next it isn't there. */
    void delete(String name) throws IOException {
        delete(store.resolve(ADAPTERS).resolve(name));
    }

    /** The same with a reward model. */
    void deleteReward(String name) throws IOException {
        delete(store.resolve(REWARDS).resolve(name));
    }

    /**
     * The same with all weights that a job brought.
     *
     * @param mark the job's, as {@link #publishModel} wrote it
     * @return whether they were there
     */
    boolean deleteModel(Path mark) throws IOException {
        if (!Files.exists(mark)) {
            return false;
        }
        Path model = store.resolve(Files.readString(mark));
        boolean there = Files.exists(model);
        if (there) {
            delete(model);
        }
        Files.delete(mark);
        return there;
    }

    private static void delete(Path path) throws IOException {
        Path gone = path.resolveSibling(".deleted-" + UUID.randomUUID());
        Files.move(path, gone, StandardCopyOption.ATOMIC_MOVE);
        deleteAll(gone);
    }

    private static void deleteAll(Path folder) throws IOException {
        try (Stream<Path> paths = Files.walk(folder)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
