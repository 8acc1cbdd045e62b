package dev.millrace.kernels.compute;

import java.lang.foreign.MemorySegment;

/**
 * Cosines and sines of rotary positions, made once for all positions that a model can have.
 *
 * @param layout which elements of a head form a pair
 * @param rotated how many leading elements of a head are rotated; even
 * @param positions how many positions the tables hold
 * @param cosines [positions, rotated / 2] float32, scaling factors included
 * @param sines as {@code cosines}
 * @see <a href="https://arxiv.org/abs/2104.09864">RoFormer, eq. 34</a>
 */
public record Rotary(Layout layout, int rotated, int positions, MemorySegment cosines, MemorySegment sines) {
    /** Which elements of a head form a pair. */
    public enum Layout {
        /** i and i + rotated / 2, as Hugging Face's models and ggml's "neox" have it. */
        HALVES,
        /** 2i and 2i + 1, as ggml's "norm" has it: GGUF files of the llama family are permuted for it. */
        ADJACENT
    }

    public Rotary {
        if (rotated < 2 || rotated % 2 != 0) {
            throw new IllegalArgumentException("rotated must be even and at least 2, was " + rotated);
        }
    }
}
