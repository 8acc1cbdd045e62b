package dev.millrace.training.train;

import ai.djl.ndarray.NDArray;
import dev.millrace.kernels.weights.SafetensorsFile;
import dev.millrace.training.adapter.PeftAdapter;
import dev.millrace.training.adapter.SafetensorsWriter;
import dev.millrace.training.adapter.SafetensorsWriter.Entry;
import dev.millrace.training.model.Arrays64;
import dev.millrace.training.model.LoraAdapter;
import dev.millrace.training.model.Trained;
import dev.millrace.training.model.WholeModel;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A run's checkpoints: folders {@code checkpoint-STEP}, each an adapter that PEFT reads, or all weights as the model computes
 * with them, and beside it what the optimizer remembers. One is written under another name and renamed once it is on the
 * disk, so whatever happens meanwhile, those before it survive; the latest few are kept, of all weights the latest alone.
 */
public final class Checkpoints {
    private static final String PREFIX = "checkpoint-";
    private static final String PARTIAL = ".partial-";
    private static final String OPTIMIZER = "optimizer.safetensors";
    private static final String PROGRESS = "progress";
    private static final String WEIGHTS = "weights.safetensors";
    private static final int KEPT = 3;
    private static final int KEPT_WHOLE = 1;

    private final Path folder;
    private final String baseModel;

    /**
     * @param step after which it was taken
     * @param trainedTokens until then
     * @param best loss of held-out examples until then
     * @param since how many looks at them
     */
    public record Progress(long step, long trainedTokens, double best, int since) {
        static final Progress NONE = new Progress(0, 0, Double.POSITIVE_INFINITY, 0);

        private static Progress parse(String text) {
            String[] words = text.split(" ", -1);
            return new Progress(
                    Long.parseLong(words[0]),
                    Long.parseLong(words[1]),
                    // a checkpoint of before there was patience has two words
                    words.length < 4 ? Double.POSITIVE_INFINITY : Double.parseDouble(words[2]),
                    words.length < 4 ? 0 : Integer.parseInt(words[3]));
        }

        private String text() {
            return step + " " + trainedTokens + " " + best + " " + since;
        }
    }

    /**
     * @param folder is made if it isn't there
     * @param baseModel as the adapter's configuration names it
     */
    public Checkpoints(Path folder, String baseModel) throws IOException {
        this.folder = Files.createDirectories(folder);
        this.baseModel = baseModel;
    }

    /** Whole checkpoints, the latest last. */
    public List<Path> all() throws IOException {
        try (Stream<Path> paths = Files.list(folder)) {
            return paths.filter(path -> path.getFileName().toString().startsWith(PREFIX))
                    .sorted(Comparator.comparingLong(Checkpoints::step))
                    .toList();
        }
    }

    private static long step(Path checkpoint) {
        return Long.parseLong(checkpoint.getFileName().toString().substring(PREFIX.length()));
    }

    /** Saves all that is needed to go on after {@code progress}. */
    public void save(Progress progress, Trained trained, Optimizer optimizer) throws IOException {
        Path whole = folder.resolve(PREFIX + progress.step());
        if (Files.exists(whole)) {
            return; // a run that was resumed after its last one
        }
        Path partial = folder.resolve(PARTIAL + progress.step());
        delete(partial);
        Files.createDirectories(partial);
        int kept = switch (trained) {
            case LoraAdapter adapter -> {
                PeftAdapter.save(adapter, baseModel, partial);
                force(partial.resolve(PeftAdapter.CONFIG));
                yield KEPT;
            }
            case WholeModel model -> {
                Map<String, Entry> values = new LinkedHashMap<>();
                model.parameters().forEach((name, parameter) -> values.put(name, Entry.of(parameter.value())));
                SafetensorsWriter.write(weights(partial), values);
                yield KEPT_WHOLE;
            }
        };
        Map<String, Entry> state = new LinkedHashMap<>();
        optimizer.state().forEach((name, array) -> state.put(name, Entry.of(array)));
        SafetensorsWriter.write(partial.resolve(OPTIMIZER), state);
        Files.writeString(partial.resolve(PROGRESS), progress.text());
        force(partial.resolve(PROGRESS));
        Files.move(partial, whole, StandardCopyOption.ATOMIC_MOVE);
        force(folder);
        List<Path> all = all();
        for (Path old : all.subList(0, Math.max(0, all.size() - kept))) {
            delete(old);
        }
    }

    /** All weights of a checkpoint, by Hugging Face's names. */
    public static Path weights(Path checkpoint) {
        return checkpoint.resolve(WEIGHTS);
    }

    private static void force(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private static void delete(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> paths = Files.walk(folder)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    /** Sets what is trained and the optimizer to the latest checkpoint; nothing is touched if there is none. */
    public Optional<Progress> restore(Trained trained, Optimizer optimizer) throws IOException {
        List<Path> all = all();
        if (all.isEmpty()) {
            return Optional.empty();
        }
        Path latest = all.getLast();
        switch (trained) {
            case LoraAdapter adapter -> PeftAdapter.load(latest, adapter);
            case WholeModel whole -> {
                Map<String, NDArray> values = new LinkedHashMap<>();
                whole.parameters().forEach((name, parameter) -> values.put(name, parameter.value()));
                read(weights(latest), values);
            }
        }
        read(latest.resolve(OPTIMIZER), optimizer.state());
        return Optional.of(Progress.parse(Files.readString(latest.resolve(PROGRESS))));
    }

    private static void read(Path path, Map<String, NDArray> into) throws IOException {
        try (SafetensorsFile file = SafetensorsFile.open(path)) {
            for (Map.Entry<String, NDArray> entry : into.entrySet()) {
                Arrays64.copy(file.tensor(entry.getKey()), entry.getValue());
            }
        }
    }
}
