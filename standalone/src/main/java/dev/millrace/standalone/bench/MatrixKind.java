package dev.millrace.standalone.bench;

import dev.millrace.kernels.weights.Tensor;
import dev.millrace.kernels.weights.TensorType;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Matrices of a model that are multiplied in the same way: of one format and shape.
 *
 * @param role what they are for, as their file names them: "attn_q, attn_output"
 * @param head whether it makes logits: multiplied for sampled tokens only
 * @param tensors all of them, from an open file
 */
record MatrixKind(String role, TensorType type, int rows, int columns, boolean head, List<Tensor> tensors) {
    /** How GGUF and Hugging Face call the matrix of token embeddings, and that of the head where it is another. */
    private static final Set<String> EMBEDDINGS = Set.of("token_embd.weight", "model.embed_tokens.weight");

    private static final Set<String> HEADS = Set.of("output.weight", "lm_head.weight");

    MatrixKind {
        tensors = List.copyOf(tensors);
    }

    private record Form(TensorType type, long rows, long columns, boolean head) {}

    /** The kinds among a model's tensors, in the order of the file, the head last. Embeddings that are no head are none. */
    static List<MatrixKind> of(Collection<Tensor> tensors) {
        boolean ownHead = tensors.stream().anyMatch(tensor -> HEADS.contains(tensor.name()));
        Map<Form, List<Tensor>> kinds = new LinkedHashMap<>();
        for (Tensor tensor : tensors) {
            boolean embedding = EMBEDDINGS.contains(tensor.name());
            boolean head = ownHead ? HEADS.contains(tensor.name()) : embedding;
            if (tensor.shape().size() == 2 && tensor.rows() > 1 && (head || !embedding)) {
                Form form = new Form(tensor.type(), tensor.rows(), tensor.columns(), head);
                kinds.computeIfAbsent(form, _ -> new ArrayList<>()).add(tensor);
            }
        }
        List<MatrixKind> result = new ArrayList<>();
        kinds.forEach((form, members) -> result.add(new MatrixKind(
                role(members),
                form.type(),
                Math.toIntExact(form.rows()),
                Math.toIntExact(form.columns()),
                form.head(),
                members)));
        result.sort((one, other) -> Boolean.compare(one.head, other.head));
        return result;
    }

    /** Multiply-adds of one token with all of them. */
    long multiplyAdds() {
        return (long) rows * columns * tensors.size();
    }

    private static String role(List<Tensor> tensors) {
        Set<String> names = new LinkedHashSet<>();
        for (Tensor tensor : tensors) {
            names.add(tensor.name()
                    .replaceAll("\\.weight$", "")
                    .replaceAll("^(blk|model\\.layers)\\.\\d+\\.", "")
                    .replaceAll("^(self_attn|mlp|model)\\.", ""));
        }
        return String.join(", ", names);
    }
}
