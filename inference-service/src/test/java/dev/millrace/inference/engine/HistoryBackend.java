package dev.millrace.inference.engine;

import dev.millrace.inference.model.Adapter;
import dev.millrace.inference.model.AdapterSettings;
import dev.millrace.inference.model.Backend;
import dev.millrace.inference.model.EmptyAdapter;
import dev.millrace.inference.model.ModelShape;
import dev.millrace.inference.model.Step;
import dev.millrace.inference.model.StepResult;
import dev.millrace.kernels.compute.Kernels;
import dev.millrace.kernels.compute.TokenBatch;
import dev.millrace.kernels.weights.WeightFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;

/**
 * A backend that remembers ids where keys and values would be, and whose logits are a hash of a sequence's whole history
 * as read back through its block table, and of the adapters that computed it. A wrong table, a stale prefix or a second writer changes the tokens.
 */
public final class HistoryBackend implements Backend {
    private static final int NOTHING = -1;

    private final ModelShape shape;
    private final int blockTokens;
    private final int maxStepTokens;
    private final int[][] slots;
    private final MemorySegment logits;
    private final MemorySegment hidden;
    private Consumer<Step> before = step -> {};
    private Set<Integer> broken = Set.of();
    private float habit;

    public HistoryBackend(int blocks, int blockTokens, int contextTokens, int vocabularySize, int maxStepTokens) {
        this.shape = new ModelShape("history", "F32", 0, contextTokens, vocabularySize, 4);
        this.blockTokens = blockTokens;
        this.maxStepTokens = maxStepTokens;
        this.slots = new int[blocks][blockTokens];
        for (int[] block : slots) {
            Arrays.fill(block, NOTHING);
        }
        this.logits = Arena.ofAuto().allocate((long) maxStepTokens * vocabularySize * Float.BYTES, 64);
        this.hidden = Arena.ofAuto().allocate((long) maxStepTokens * 4 * Float.BYTES, 64);
    }

    /** Has {@code action} see each step before it is computed; what it throws is the step's failure. */
    public void beforeEachStep(Consumer<Step> action) {
        before = action;
    }

    /** Makes the logits after these ids no numbers. */
    public void breakAfter(Integer... ids) {
        broken = Set.of(ids);
    }

    /** Raises the logit of one id after each other one, so that texts repeat themselves, the more the higher. */
    public HistoryBackend withHabit(float strength) {
        habit = strength;
        return this;
    }

    /** The id that habit has after another. */
    public static int habitual(int id, int vocabularySize) {
        return 2 + (7 * id + 3) % (vocabularySize - 2);
    }

    @Override
    public ModelShape shape() {
        return shape;
    }

    @Override
    public int blocks() {
        return slots.length;
    }

    @Override
    public int blockTokens() {
        return blockTokens;
    }

    @Override
    public int maxStepTokens() {
        return maxStepTokens;
    }

    @Override
    public void copy(int from, int to) {
        slots[to] = slots[from].clone();
    }

    @Override
    public StepResult forward(Step step) {
        before.accept(step);
        TokenBatch batch = step.batch();
        Set<Long> written = new HashSet<>();
        for (int t = 0; t < batch.tokens(); t++) {
            int block = block(batch, t, batch.position()[t]);
            int slot = batch.position()[t] % blockTokens;
            if (!written.add((long) block * blockTokens + slot)) {
                throw new AssertionError("block " + block + " is written twice at slot " + slot);
            }
            slots[block][slot] = step.ids()[t];
        }
        for (Step.Adapted adapted : step.adapted()) {
            for (int t = adapted.first(); t < adapted.first() + adapted.rows(); t++) {
                slots[block(batch, t, batch.position()[t])][batch.position()[t] % blockTokens] +=
                        1_000 + (adapted.adapter().digest().hashCode() & 0xfff) * 1_000;
            }
        }
        step.embeddings().forEach(embedded -> {
            int t = embedded.row();
            int value = 1_000_000 + (int) embedded.values().getAtIndex(ValueLayout.JAVA_FLOAT, 0);
            slots[block(batch, t, batch.position()[t])][batch.position()[t] % blockTokens] = value;
        });
        for (int i = 0; i < step.logitsCount(); i++) {
            writeLogits(i, step.logitsRows()[i], batch);
        }
        for (int i = 0; i < step.hiddenCount(); i++) {
            long history = history(batch, step.hiddenRows()[i]);
            for (int c = 0; c < 4; c++) {
                hidden.setAtIndex(ValueLayout.JAVA_FLOAT, i * 4L + c, unit(history + c));
            }
        }
        return new StepResult(logits, hidden);
    }

    private void writeLogits(int row, int t, TokenBatch batch) {
        long history = history(batch, t);
        int id = slots[block(batch, t, batch.position()[t])][batch.position()[t] % blockTokens] % 1_000;
        for (int v = 0; v < shape.vocabularySize(); v++) {
            float logit = broken.contains(id) ? Float.NaN : 8 * unit(history + v);
            logit += v == habitual(id, shape.vocabularySize()) ? habit : 0;
            logits.setAtIndex(ValueLayout.JAVA_FLOAT, (long) row * shape.vocabularySize() + v, logit);
        }
    }

    private long history(TokenBatch batch, int t) {
        long hash = 17;
        for (int p = 0; p <= batch.position()[t]; p++) {
            int id = slots[block(batch, t, p)][p % blockTokens];
            if (id == NOTHING) {
                throw new AssertionError("position " + p + " is read before it is written");
            }
            hash = mix(hash ^ id) + p;
        }
        return hash;
    }

    private int block(TokenBatch batch, int t, int position) {
        return batch.blockTables()[batch.sequence()[t]][position / blockTokens];
    }

    private static float unit(long seed) {
        return (mix(seed) >>> 40) * 0x1p-24f;
    }

    private static long mix(long z) {
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return (z ^ (z >>> 31)) + 0x9e3779b97f4a7c15L;
    }

    @Override
    public Adapter adapter(WeightFile file, AdapterSettings settings, String digest, Kernels packing) {
        return EmptyAdapter.of(digest);
    }

    @Override
    public void close() {}
}
