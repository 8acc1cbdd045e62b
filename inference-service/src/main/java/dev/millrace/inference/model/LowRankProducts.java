package dev.millrace.inference.model;

import dev.millrace.inference.model.Adapter.LowRank;
import dev.millrace.kernels.compute.Kernels;
import dev.millrace.kernels.compute.Kernels.Product;
import dev.millrace.kernels.compute.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * Adds what adapters make of a step's rows to what the model's own matrices made of them: {@code scale * x A^T B^T}, in
 * float32 throughout; with DoRA the sum is multiplied with its factors. Each row is summed in one order, whoever else is in the step.
 */
final class LowRankProducts {
    /** That share an input: query, key and value. */
    private static final int MOST_PARTS = 3;

    private final Kernels kernels;
    private final int tokens;
    private final MemorySegment inner;
    private final MemorySegment outer;

    /** One row range, one matrix pair: where its product goes on its way, and what it is added to. */
    private record Piece(LowRank matrices, int rows, MemorySegment inner, MemorySegment outer, MemorySegment out) {}

    /**
     * @param tokens how many a step may have
     * @param widest outputs of the matrices that share an input, together
     */
    LowRankProducts(Kernels kernels, int tokens, int widest, Arena arena) {
        this.kernels = kernels;
        this.tokens = tokens;
        this.inner = arena.allocate(4L * tokens * AdapterSettings.HIGHEST_RANK * MOST_PARTS);
        this.outer = arena.allocate(4L * tokens * widest);
    }

    /**
     * @param parts matrices of the layer that share an input
     * @param x [tokens, columns] the input
     * @param outs one [tokens, outputs] for each part; what is there is added to
     * @param adapted which rows have which adapter
     */
    void add(
            int layer,
            List<Part> parts,
            MemorySegment x,
            int columns,
            List<MemorySegment> outs,
            List<Step.Adapted> adapted) {
        List<Piece> pieces = new ArrayList<>();
        List<Product> toInner = new ArrayList<>();
        for (int i = 0; i < adapted.size(); i++) {
            Step.Adapted range = adapted.get(i);
            int before = pieces.size();
            addPieces(layer, parts, outs, range, pieces);
            List<Piece> own = pieces.subList(before, pieces.size());
            if (!own.isEmpty()) {
                List<Matrix> matrices =
                        own.stream().map(piece -> piece.matrices.a()).toList();
                List<MemorySegment> results = own.stream().map(Piece::inner).toList();
                toInner.add(new Product(x.asSlice(4L * range.first() * columns), range.rows(), matrices, results));
            }
        }
        kernels.multiplyAll(toInner);
        List<Product> toOuter = new ArrayList<>();
        for (int i = 0; i < pieces.size(); i++) {
            Piece piece = pieces.get(i);
            if (piece.matrices.scale() != 1) {
                kernels.scale(piece.inner, (long) piece.rows * piece.matrices.rank(), piece.matrices.scale());
            }
            toOuter.add(new Product(piece.inner, piece.rows, List.of(piece.matrices.b()), List.of(piece.outer)));
        }
        kernels.multiplyAll(toOuter);
        for (int i = 0; i < pieces.size(); i++) {
            Piece piece = pieces.get(i);
            int width = piece.matrices.b().rows();
            kernels.add(piece.out, piece.outer, (long) piece.rows * width);
            if (piece.matrices.factors().isPresent()) {
                stretch(piece.out, piece.rows, width, piece.matrices.factors().get());
            }
        }
    }

    /** Each element by itself: its bits don't depend on the rows beside it. */
    private static void stretch(MemorySegment out, int rows, int width, float[] factors) {
        for (int row = 0; row < rows; row++) {
            long start = (long) row * width;
            for (int i = 0; i < width; i++) {
                float value = out.getAtIndex(ValueLayout.JAVA_FLOAT, start + i);
                out.setAtIndex(ValueLayout.JAVA_FLOAT, start + i, value * factors[i]);
            }
        }
    }

    private void addPieces(
            int layer, List<Part> parts, List<MemorySegment> outs, Step.Adapted range, List<Piece> pieces) {
        long outerStart = 0;
        for (int i = 0; i < parts.size(); i++) {
            LowRank matrices = range.adapter().find(layer, parts.get(i)).orElse(null);
            if (matrices == null) {
                continue;
            }
            int width = matrices.b().rows();
            long innerStart = ((long) i * tokens + range.first()) * AdapterSettings.HIGHEST_RANK;
            pieces.add(new Piece(
                    matrices,
                    range.rows(),
                    inner.asSlice(4 * innerStart, 4L * range.rows() * matrices.rank()),
                    outer.asSlice(4 * (outerStart + (long) range.first() * width), 4L * range.rows() * width),
                    outs.get(i).asSlice(4L * range.first() * width, 4L * range.rows() * width)));
            outerStart += (long) tokens * width;
        }
    }
}
