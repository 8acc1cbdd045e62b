package dev.millrace.training.adapter;

import dev.millrace.kernels.quant.RoundedRows;
import dev.millrace.kernels.quant.RowWidener;
import dev.millrace.kernels.weights.GgufFile;
import dev.millrace.kernels.weights.GgufRewriter;
import dev.millrace.kernels.weights.GgufRewriter.Change;
import dev.millrace.kernels.weights.SafetensorsFile;
import dev.millrace.kernels.weights.Tensor;
import dev.millrace.kernels.weights.TensorType;
import dev.millrace.training.model.ModelFile;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * A model all of whose weights were trained, in the form that it had: a GGUF file, or a folder as Hugging Face has it. Float
 * types stay what they were; what lay in blocks becomes Q8_0, since four bits would round away what was learnt. Keys,
 * configuration and tokenizer are the old ones.
 */
public final class TunedModel {
    private static final Set<TensorType> FLOATS = Set.of(TensorType.F32, TensorType.F16, TensorType.BF16);

    private final ModelFile base;
    private final SafetensorsFile trained;

    private TunedModel(ModelFile base, SafetensorsFile trained) {
        this.base = base;
        this.trained = trained;
    }

    /**
     * @param base a {@code .gguf} file or a Hugging Face folder
     * @param weights as {@link dev.millrace.training.model.WholeModel} names them and computes with them, float32
     * @param out a file that is replaced, or a folder that exists: as the base is one or the other
     */
    public static void write(Path base, Path weights, Path out) throws IOException {
        try (ModelFile model = ModelFile.open(base);
                SafetensorsFile trained = SafetensorsFile.open(weights)) {
            Map<String, Change> changes = new TunedModel(model, trained).changes();
            if (model.weights() instanceof GgufFile file) {
                GgufRewriter.write(file, changes, out);
            } else {
                FolderRewriter.write(model.weights(), changes, out);
            }
        }
    }

    private Map<String, Change> changes() throws IOException {
        Map<String, Change> changes = new LinkedHashMap<>();
        for (Tensor tensor : trained.tensors().values()) {
            TensorType type = type(base.require(tensor.name()));
            changes.put(base.nameInFile(tensor.name()), new Change(type, (_, arena) -> rounded(tensor, type, arena)));
        }
        return changes;
    }

    private static TensorType type(Tensor original) {
        return FLOATS.contains(original.type()) ? original.type() : TensorType.Q8_0;
    }

    /** As the file has it: rows of queries and keys in its order, norms without what was added to them. */
    private MemorySegment rounded(Tensor tensor, TensorType type, Arena arena) {
        boolean vector = tensor.shape().size() == 1;
        int rows = vector ? 1 : Math.toIntExact(tensor.rows());
        int columns = Math.toIntExact(tensor.elements() / rows);
        int turned = base.turnedHead(tensor.name());
        float offset = vector && !tensor.name().endsWith(".bias") ? base.normOffset() : 0;
        return RoundedRows.of(rows, columns, type, arena, () -> {
            RowWidener widener = new RowWidener(tensor.type(), columns);
            if (!vector) {
                return (row, into) -> widener.widen(tensor.data(), ModelFile.rowOf(row, turned), into, 0);
            }
            float[] straight = new float[columns];
            return (_, into) -> {
                widener.widen(tensor.data(), 0, straight, 0);
                for (int i = 0; i < columns; i++) {
                    into[i] = straight[ModelFile.rowOf(i, turned)] - offset;
                }
            };
        });
    }
}
