package dev.millrace.inference.model;

import dev.millrace.kernels.compute.Attention;
import dev.millrace.kernels.compute.Kernels.FeedForward;
import dev.millrace.kernels.compute.Kernels.Output;
import dev.millrace.kernels.compute.KvBlocks;
import dev.millrace.kernels.compute.Matrix;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/**
 * One layer, ready to compute. Parts that only some families have are empty in the others.
 *
 * @param queryKeyValue the three matrices that share the normed hidden state
 * @param feedForward its second half
 */
record Layer(
        Attention attention,
        RotaryTable rotary,
        KvBlocks cache,
        MemorySegment attentionNorm,
        List<Matrix> queryKeyValue,
        Optional<MemorySegment> queryBias,
        Optional<MemorySegment> keyBias,
        Optional<MemorySegment> valueBias,
        Optional<MemorySegment> queryNorm,
        Optional<MemorySegment> keyNorm,
        Output output,
        FeedForward feedForward) {}
