package dev.millrace.training.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import dev.millrace.training.torch.Scope;
import dev.millrace.training.torch.Torch;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A transformer's decoder with frozen weights. For the thread that made it alone. Closing it frees the weights, and all
 * adapters that were made for it.
 */
public final class Decoder implements AutoCloseable {
    /** Logits that exist at a time, 64 MB of them: fewer rows make the head's products slower, more only take memory. */
    private static final long LOGITS = 16L << 20;

    private final ModelConfig config;
    private final Torch torch;
    private final DataType type;
    private final NDArray embedding;
    private final NDArray head;
    private final NDArray finalNorm;
    private final List<DecoderLayer> layers = new ArrayList<>();
    private final Map<Rotary, RotaryTable> tables = new LinkedHashMap<>();

    private Decoder(ModelFile file, Torch torch, DataType type) throws IOException {
        this.config = file.config();
        this.torch = torch;
        this.type = type;
        WeightLoader loader = new WeightLoader(file, torch.root(), type);
        long vocabulary = file.require("model.embed_tokens.weight").rows();
        this.embedding = loader.load("model.embed_tokens.weight", vocabulary, config.width());
        this.head = loader.find("lm_head.weight", vocabulary, config.width()).orElse(embedding);
        this.finalNorm = loader.norm("model.norm.weight", config.width());
        for (int i = 0; i < config.layers().size(); i++) {
            layers.add(new DecoderLayer(config, i, loader));
            tables.computeIfAbsent(
                    config.layers().get(i).rotary(),
                    rotary -> new RotaryTable(rotary, config.headSize(), torch.root(), type));
        }
    }

    /**
     * Reads a model; its weights become float32.
     *
     * @param path a {@code .gguf} file or a Hugging Face folder
     * @param threads that one operation may use
     * @throws UnsupportedModelException if it is of a kind that can't be trained
     */
    public static Decoder load(Path path, int threads) throws IOException {
        return load(path, threads, DataType.FLOAT32);
    }

    static Decoder load(Path path, int threads, DataType type) throws IOException {
        try (ModelFile file = ModelFile.open(path)) {
            Torch torch = new Torch(file.config().constants(), threads);
            try {
                return new Decoder(file, torch, type);
            } catch (IOException | RuntimeException e) {
                torch.close();
                throw e;
            }
        }
    }

    public ModelConfig config() {
        return config;
    }

    public Torch torch() {
        return torch;
    }

    /** Rows of the embedding: ids must lie below. */
    public long vocabulary() {
        return embedding.getShape().get(0);
    }

    /** A fresh adapter for this model, which changes nothing yet. */
    public LoraAdapter adapt(LoraSettings settings, long seed) {
        Map<String, long[]> modules = new LinkedHashMap<>();
        for (DecoderLayer layer : layers) {
            for (Projection projection : layer.projections()) {
                String module = projection.module();
                if (settings.targets().contains(module.substring(module.lastIndexOf('.') + 1))) {
                    modules.put(module, projection.weight().getShape().getShape());
                }
            }
        }
        return LoraAdapter.fresh(settings, modules, torch.root(), type, seed);
    }

    /**
     * The last layer's output, normed: [tokens, width].
     *
     * @param adapter none for the model as it was
     */
    public NDArray forward(Scope scope, TokenBatch batch, Optional<LoraAdapter> adapter) {
        Pass pass = Pass.of(scope, batch, adapter);
        NDArray positions = scope.whole(batch.positions());
        Map<Rotary, RotaryTable.Turn> turns = new LinkedHashMap<>();
        tables.forEach((rotary, table) -> turns.put(rotary, table.at(scope, positions, batch.longest())));
        NDArray x = scope.call("embed", embedding, scope.whole(batch.ids()));
        for (int i = 0; i < layers.size(); i++) {
            RotaryTable.Turn turn = turns.get(config.layers().get(i).rotary());
            if (turn == null) {
                throw new IllegalStateException("layer " + i + " has no rotary table");
            }
            x = through(layers.get(i), scope, x, turn, pass);
        }
        return scope.call("norm", x, finalNorm);
    }

    /** One layer, of whose work only the result is kept here: what is needed for gradients, torch holds itself. */
    private NDArray through(DecoderLayer layer, Scope scope, NDArray x, RotaryTable.Turn turn, Pass pass) {
        try (Scope scratch = scope.gradients() ? torch.withGradients() : torch.withoutGradients()) {
            NDArray result = layer.forward(scratch, x, turn, pass);
            result.attach(scope.manager());
            x.close();
            return result;
        }
    }

    /** The logits of every position: [tokens, vocabulary]. For short sequences: they exist whole. */
    public NDArray logits(Scope scope, TokenBatch batch, Optional<LoraAdapter> adapter) {
        return scope.call("logits", forward(scope, batch, adapter), head);
    }

    /**
     * Log-probabilities of tokens, and what is needed to differentiate them.
     *
     * @param rows of {@code hidden}, whose logits are scored
     * @param labels the token that each row should give
     */
    Scored score(Scope scope, NDArray hidden, long[] rows, long[] labels) {
        NDArray chosen = scope.call("rows", hidden, scope.whole(rows));
        try (Scope scratch = torch.withoutGradients()) {
            NDList results = scratch.callMany(
                    "scores", chosen, head, scratch.whole(labels), scratch.whole(Math.max(32, LOGITS / vocabulary())));
            boolean[] hits = results.get(2).toBooleanArray();
            double[] logps = Arrays64.doubles(results.get(0));
            double[] means = Arrays64.doubles(results.get(3));
            results.get(1).attach(scope.manager());
            return new Scored(chosen, results.get(1), logps, hits, means, type);
        }
    }

    @Override
    public void close() {
        torch.close();
    }
}
