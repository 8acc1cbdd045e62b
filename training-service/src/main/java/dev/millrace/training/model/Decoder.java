package dev.millrace.training.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import dev.millrace.training.model.Trace.LayerTrace;
import dev.millrace.training.torch.Scope;
import dev.millrace.training.torch.Torch;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * A transformer's decoder with frozen weights. For the thread that made it alone. Closing it frees the weights, and all
 * adapters that were made for it.
 */
public final class Decoder implements AutoCloseable {
    private static final String EMBEDDING = "model.embed_tokens.weight";

    private final ModelConfig config;
    private final Torch torch;
    private final DataType type;
    private final Weight embedding;
    private final Head head;
    private final Norm finalNorm;
    private final FrozenWeights frozen;
    private final List<DecoderLayer> layers = new ArrayList<>();
    private final Map<Rotary, RotaryTable> tables = new LinkedHashMap<>();

    private Decoder(ModelFile file, Torch torch, DataType type, FrozenWeights frozen) throws IOException {
        this.config = file.config();
        this.torch = torch;
        this.type = type;
        this.frozen = frozen;
        WeightLoader loader = new WeightLoader(file, torch.root(), type, frozen);
        long vocabulary = file.require(EMBEDDING).rows();
        this.embedding = loader.table(EMBEDDING, vocabulary, config.width());
        Optional<Weight> own = loader.findTable("lm_head.weight", vocabulary, config.width());
        this.finalNorm = loader.norm("model.norm.weight", config.width());
        for (int i = 0; i < config.layers().size(); i++) {
            layers.add(new DecoderLayer(config, i, loader));
            tables.computeIfAbsent(
                    config.layers().get(i).rotary(),
                    rotary -> new RotaryTable(rotary, config.headSize(), torch.root(), type));
        }
        this.head = new Head(
                own.isPresent() ? "lm_head.weight" : EMBEDDING,
                own.orElse(embedding),
                frozen.rowsAtOnce(config.width()),
                torch.scope());
    }

    /**
     * Reads a model; its weights become float32.
     *
     * @param path a {@code .gguf} file or a Hugging Face folder
     * @param threads that one operation may use
     * @throws UnsupportedModelException if it is of a kind that can't be trained
     */
    public static Decoder load(Path path, int threads) throws IOException {
        return load(path, threads, Frozen.FLOAT32);
    }

    /** The same, its matrices kept in that form. */
    public static Decoder load(Path path, int threads, Frozen frozen) throws IOException {
        return load(path, threads, DataType.FLOAT32, frozen);
    }

    static Decoder load(Path path, int threads, DataType type) throws IOException {
        return load(path, threads, type, Frozen.FLOAT32);
    }

    private static Decoder load(Path path, int threads, DataType type, Frozen form) throws IOException {
        ModelFile file = ModelFile.open(path);
        FrozenWeights frozen = new FrozenWeights(file, form, threads);
        Torch torch = new Torch(file.config().constants(), threads);
        try {
            return new Decoder(file, torch, type, frozen);
        } catch (IOException | RuntimeException e) {
            torch.close();
            frozen.close();
            throw e;
        } finally {
            if (!form.needsFile()) {
                file.close();
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
        return embedding.outputs();
    }

    /** A fresh adapter for this model, which changes nothing yet. */
    public LoraAdapter adapt(LoraSettings settings, long seed) {
        Map<String, Weight> modules = new LinkedHashMap<>();
        for (DecoderLayer layer : layers) {
            for (Projection projection : layer.projections()) {
                String module = projection.module();
                if (settings.targets().contains(module.substring(module.lastIndexOf('.') + 1))) {
                    modules.put(module, projection.weight());
                }
            }
        }
        return LoraAdapter.fresh(settings, modules, torch, type, seed);
    }

    /** A fresh adapter, and a head that makes one number of a text's last hidden state. */
    public LoraAdapter adaptForRewards(LoraSettings settings, long seed) {
        LoraAdapter adapter = adapt(settings, seed);
        adapter.addScore(config.width(), torch, type, seed);
        return adapter;
    }

    /**
     * All weights, to be trained in place.
     *
     * @throws IllegalArgumentException if they are kept in few bits
     */
    public WholeModel whole() {
        if (!frozen.trainable()) {
            throw new IllegalArgumentException("frozen must be float32 where all weights are trained");
        }
        Map<String, NDArray> weights = new LinkedHashMap<>();
        try (Scope scope = torch.scope()) {
            weights.put(EMBEDDING, embedding.open(scope));
        }
        for (DecoderLayer layer : layers) {
            for (Projection projection : layer.projections()) {
                // a matrix that is computed with as it is kept
                try (Scope scope = torch.scope()) {
                    weights.put(
                            projection.module() + ".weight", projection.weight().open(scope));
                }
                projection.bias().ifPresent(bias -> weights.put(projection.module() + ".bias", bias));
            }
            layer.norms().forEach(norm -> weights.put(norm.name(), norm.weight()));
        }
        weights.put(finalNorm.name(), finalNorm.weight());
        try (Scope scope = torch.scope()) {
            weights.put(head.name(), head.weight().open(scope));
        }
        Map<String, Parameter> parameters = new LinkedHashMap<>();
        weights.forEach((name, weight) -> parameters.put(name, Parameter.of(torch.root(), weight)));
        return new WholeModel(parameters);
    }

    /**
     * Sends sequences through all layers.
     *
     * @param scope where lives what is left behind
     * @param trained none for the model as it was
     */
    Trace forward(Scope scope, TokenBatch batch, Optional<? extends Trained> trained, PassSettings settings) {
        Optional<Pass.SharedRows> shared = batch.shares()
                ? Optional.of(new Pass.SharedRows(scope.whole(batch.rows()), scope.whole(batch.firsts())))
                : Optional.empty();
        Pass pass = new Pass(trained.map(Trained.class::cast), settings, Optional.empty(), batch.runs(), shared);
        NDArray x = embed(scope, batch.ids());
        if (settings.training() && settings.noise() > 0) {
            disturb(scope, x, batch.lengths(), settings);
        }
        return forward(scope, x, batch.ids(), batch.positions(), pass);
    }

    /**
     * Sends rows through all layers.
     *
     * @param x what they are embedded as: [rows, width]
     * @param at each row's position in its sequence
     */
    Trace forward(Scope scope, NDArray x, long[] tokens, long[] at, Pass pass) {
        NDArray ids = scope.whole(tokens);
        NDArray positions = scope.whole(at);
        int longest = 1 + Math.toIntExact(Arrays.stream(at).max().orElseThrow());
        Map<Rotary, RotaryTable.Turn> each = new LinkedHashMap<>();
        tables.forEach((rotary, table) -> each.put(rotary, table.at(scope, positions, longest)));
        List<RotaryTable.Turn> turns = config.layers().stream()
                .map(layer -> Objects.requireNonNull(each.get(layer.rotary())))
                .toList();
        NDArray y = x;
        List<LayerTrace> traces = new ArrayList<>();
        for (int i = 0; i < layers.size(); i++) {
            y = through(i, scope, y, turns.get(i), pass, traces);
        }
        return new Trace(pass, ids, turns, traces, y);
    }

    /** Rows as the first layer gets them: [ids.length, width]. */
    NDArray embed(Scope scope, long[] ids) {
        return scope.call("embed_", embedding.rows(scope, ids));
    }

    private void disturb(Scope scope, NDArray x, long[] lengths, PassSettings settings) {
        Scope.seed(settings.seed());
        double[] reach = new double[(int) Arrays.stream(lengths).sum()];
        int at = 0;
        for (long length : lengths) {
            double each = settings.noise() / Math.sqrt((double) length * config.width());
            Arrays.fill(reach, at, at + (int) length, each);
            at += (int) length;
        }
        scope.call("noise_", x, Arrays64.of(scope, reach, type));
    }

    private NDArray through(
            int index, Scope scope, NDArray x, RotaryTable.Turn turn, Pass pass, List<LayerTrace> traces) {
        DecoderLayer layer = layers.get(index);
        boolean training = pass.settings().training();
        boolean recompute = pass.settings().recompute();
        pass.seed(index);
        try (Scope work = scope.inner()) {
            Scope kept = training && !recompute ? scope.inner() : work;
            if (training && recompute) {
                Scope own = scope.inner();
                own.keep(x);
                // what the layer keeps goes with its other work: it gets the input under a name of its own
                NDArray y = layer.forward(work, kept, work.call("same", x), turn, pass)
                        .y();
                traces.add(new LayerTrace(own, x, Optional.empty()));
                return scope.keep(y);
            }
            DecoderLayer.Result result = layer.forward(work, kept, x, turn, pass);
            if (training) {
                traces.add(new LayerTrace(kept, x, Optional.of(result.kept())));
            }
            return scope.keep(result.y());
        }
    }

    /**
     * Adds to the gradients of all that is trained.
     *
     * @param dy the loss's derivative by what came out of the last layer: [tokens, width]
     */
    void backward(Scope scope, Trace trace, NDArray dy) {
        Pass pass = trace.pass();
        Optional<Parameter> table = pass.parameter(EMBEDDING);
        NDArray d = dy;
        for (int i = layers.size() - 1; i >= 0; i--) {
            LayerTrace layer = trace.layers().get(i);
            RotaryTable.Turn turn = trace.turns().get(i);
            try (Scope own = layer.scope();
                    Scope work = scope.inner()) {
                DecoderLayer.Kept kept =
                        layer.kept().isPresent() ? layer.kept().get() : again(i, own, layer.x(), turn, pass);
                Optional<NDArray> dx = layers.get(i).backward(work, d, kept, turn, pass, i > 0 || table.isPresent());
                if (dx.isPresent()) {
                    d = scope.keep(dx.get());
                }
            }
        }
        if (table.isPresent()) {
            scope.call("embed_back_", table.get().gradient(), d, trace.ids());
        }
    }

    private DecoderLayer.Kept again(int index, Scope kept, NDArray x, RotaryTable.Turn turn, Pass pass) {
        pass.seed(index);
        try (Scope work = kept.inner()) {
            return layers.get(index).forward(work, kept, x, turn, pass).kept();
        }
    }

    /** The logits of every position: [tokens, vocabulary]. For short sequences: they exist whole. */
    public NDArray logits(Scope scope, TokenBatch batch, Optional<? extends Trained> trained) {
        NDArray hidden = forward(scope, batch, trained, PassSettings.LOOK).hidden();
        return head.logits(scope, finalNorm.forward(scope, scope, hidden).y());
    }

    /**
     * The likeliest next token after some rows.
     *
     * @param hidden what came out of the last layer: [tokens, width]
     */
    int[] likeliest(Scope scope, NDArray hidden, long... rows) {
        NDArray last = scope.call("rows", hidden, scope.whole(rows));
        NDArray logits =
                head.logits(scope, finalNorm.forward(scope, scope, last).y());
        return Arrays.stream(logits.argMax(1).toLongArray())
                .mapToInt(Math::toIntExact)
                .toArray();
    }

    /**
     * Log-probabilities of tokens, and what is needed to differentiate them.
     *
     * @param rows of what came out of the last layer, whose logits are scored
     * @param labels the token that each row should give
     */
    Scored score(Scope scope, Trace trace, long[] rows, long[] labels) {
        boolean training = trace.pass().settings().training();
        NDArray indices = scope.whole(rows);
        try (Scope work = scope.inner()) {
            Norm.Kept normed = finalNorm.forward(work, scope, work.call("rows", trace.hidden(), indices));
            NDArray wanted = scope.whole(labels);
            // a head that is trained has other means in each step
            boolean moves = trace.pass().parameter(head.name()).isPresent();
            NDList results = head.scores(work, normed.y(), labels, training, moves);
            boolean[] hits = results.get(2).toBooleanArray();
            double[] logps = Arrays64.doubles(results.get(0));
            double[] meanLogits = Arrays64.doubles(results.get(3));
            return new Scored(
                    trace, indices, wanted, kept(scope, normed), scope.keep(results.get(1)), logps, hits, meanLogits);
        }
    }

    /**
     * Rewards of rows, in the place of log-probabilities.
     *
     * @param rows of what came out of the last layer
     */
    Scored rewards(Scope scope, Trace trace, long[] rows) {
        NDArray score = trace.pass().parameter(LoraAdapter.SCORE).orElseThrow().value();
        NDArray indices = scope.whole(rows);
        try (Scope work = scope.inner()) {
            Norm.Kept normed = finalNorm.forward(work, scope, work.call("rows", trace.hidden(), indices));
            NDList results = work.callMany("rewards", normed.y(), score);
            double[] rewards = Arrays64.doubles(results.get(0));
            NDArray slopes = scope.keep(results.get(1));
            boolean[] hits = new boolean[rows.length];
            return new Scored(
                    trace, indices, indices, kept(scope, normed), slopes, rewards, hits, new double[rows.length]);
        }
    }

    private static Norm.Kept kept(Scope scope, Norm.Kept normed) {
        scope.keep(normed.y());
        return normed;
    }

    /** Adds to the gradients of all that is trained those of {@code sum(coefficients * logps)}. */
    void backward(Scope scope, Scored scored, double[] coefficients) {
        Trace trace = scored.trace();
        NDArray dhidden;
        try (Scope work = scope.inner()) {
            NDArray weights = Arrays64.of(work, coefficients, type);
            trace.pass()
                    .parameter(LoraAdapter.SCORE)
                    .ifPresent(own -> work.call(
                            "weight_back_",
                            own.gradient(),
                            weights.reshape(coefficients.length, 1),
                            scored.normed().y()));
            trace.pass()
                    .parameter(head.name())
                    .ifPresent(own ->
                            head.back(work, own.gradient(), scored.normed().y(), scored.labels(), weights));
            NDArray dnormed = work.call("weighted_", scored.slopes(), weights);
            NDArray dchosen = finalNorm.backward(work, dnormed, scored.normed(), trace.pass());
            dhidden = scope.keep(work.call("rows_back", dchosen, trace.hidden(), scored.rows()));
        }
        backward(scope, trace, dhidden);
    }

    @Override
    public void close() {
        torch.close();
        frozen.close();
    }
}
