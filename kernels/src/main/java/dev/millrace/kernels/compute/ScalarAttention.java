package dev.millrace.kernels.compute;

import dev.millrace.kernels.quant.Bfloat16;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Attention of one head of one token, block by block with the online softmax. Keys and values are laid out
 * [blocks, kvHeads, blockTokens, headSize].
 *
 * @see <a href="https://arxiv.org/abs/2205.14135">FlashAttention, algorithm 1</a>
 */
record ScalarAttention(KvBlocks cache) {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;
    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;

    void store(MemorySegment keys, MemorySegment values, TokenBatch batch, int token) {
        int size = cache.headSize();
        float[] head = new float[size];
        for (int i = 0; i < cache.kvHeads(); i++) {
            long from = 4L * (token * (long) cache.kvHeads() + i) * size;
            long row = row(batch, token, batch.position()[token], i);
            MemorySegment.copy(keys, FLOAT, from, head, 0, size);
            write(cache.keys(), row, head);
            MemorySegment.copy(values, FLOAT, from, head, 0, size);
            write(cache.values(), row, head);
        }
    }

    void attend(Attention shape, MemorySegment queries, TokenBatch batch, int token, int head, MemorySegment out) {
        int size = shape.headSize();
        int kvHead = head / (shape.heads() / shape.kvHeads());
        long start = ((long) token * shape.heads() + head) * size;
        float[] query = new float[size];
        MemorySegment.copy(queries, FLOAT, 4 * start, query, 0, size);
        if (cache.type().quantized()) {
            QuantizedHead.rotate(query);
        } else if (cache.type() == KvType.BF16) {
            Bfloat16.round(query, 0, size);
        }
        int last = batch.position()[token];
        int first = shape.window() == 0 ? 0 : Math.max(0, last - shape.window() + 1);
        float[] scores = new float[cache.blockTokens()];
        float[] row = new float[size];
        float[] result = new float[size];
        float highest = Float.NEGATIVE_INFINITY;
        float sum = 0;
        for (int block = first / cache.blockTokens(); block <= last / cache.blockTokens(); block++) {
            int from = Math.max(first, block * cache.blockTokens());
            int count = Math.min(last + 1, (block + 1) * cache.blockTokens()) - from;
            long at = row(batch, token, from, kvHead);
            float before = highest;
            for (int i = 0; i < count; i++) {
                read(cache.keys(), at + i, row);
                scores[i] = shape.scale() * dot(query, row);
                highest = Math.max(highest, scores[i]);
            }
            float fade = (float) Math.exp(before - highest);
            sum *= fade;
            for (int d = 0; d < size; d++) {
                result[d] *= fade;
            }
            for (int i = 0; i < count; i++) {
                float weight = (float) Math.exp(scores[i] - highest);
                sum += weight;
                read(cache.values(), at + i, row);
                for (int d = 0; d < size; d++) {
                    result[d] += weight * row[d];
                }
            }
        }
        if (cache.type().quantized()) {
            QuantizedHead.rotate(result);
        }
        for (int d = 0; d < size; d++) {
            out.setAtIndex(FLOAT, start + d, result[d] / sum);
        }
    }

    /** Which row of the cache a position's key or value is. */
    private long row(TokenBatch batch, int token, int position, int head) {
        int block = batch.blockTables()[batch.sequence()[token]][position / cache.blockTokens()];
        return ((long) block * cache.kvHeads() + head) * cache.slots() + position % cache.blockTokens();
    }

    private static float dot(float[] query, float[] key) {
        float sum = 0;
        for (int d = 0; d < query.length; d++) {
            sum += query[d] * key[d];
        }
        return sum;
    }

    /** Quantized rows are read as they are kept: rotated. */
    private void read(MemorySegment data, long row, float[] out) {
        long at = row * cache.type().rowBytes(out.length);
        switch (cache.type()) {
            case F32 -> MemorySegment.copy(data, FLOAT, at, out, 0, out.length);
            case F16 -> {
                for (int d = 0; d < out.length; d++) {
                    out[d] = Float.float16ToFloat(data.get(SHORT, at + 2L * d));
                }
            }
            case BF16 -> {
                for (int d = 0; d < out.length; d++) {
                    out[d] = Bfloat16.widen(data.get(SHORT, at + 2L * d));
                }
            }
            case INT8, INT4 -> {
                float scale = Bfloat16.widen(data.get(SHORT, cache.scales() + 2 * row));
                for (int d = 0; d < out.length; d++) {
                    out[d] = scale * QuantizedHead.widen(cache.type(), quantum(data, at, d));
                }
            }
        }
    }

    private int quantum(MemorySegment data, long at, int d) {
        return cache.type() == KvType.INT8
                ? data.get(BYTE, at + d) & 0xff
                : (data.get(BYTE, at + d / 2) >> (d % 2 * 4)) & 15;
    }

    private void write(MemorySegment data, long row, float[] head) {
        long at = row * cache.type().rowBytes(head.length);
        switch (cache.type()) {
            case F32 -> MemorySegment.copy(head, 0, data, FLOAT, at, head.length);
            case F16 -> {
                for (int d = 0; d < head.length; d++) {
                    data.set(SHORT, at + 2L * d, Float.floatToFloat16(head[d]));
                }
            }
            case BF16 -> {
                for (int d = 0; d < head.length; d++) {
                    data.set(SHORT, at + 2L * d, Bfloat16.of(head[d]));
                }
            }
            case INT8, INT4 -> {
                QuantizedHead quantized = new QuantizedHead(cache.type(), head.length);
                quantized.quantize(head);
                data.set(SHORT, cache.scales() + 2 * row, quantized.scale());
                for (int d = 0; d < head.length; d++) {
                    writeQuantum(data, at, d, quantized.quanta()[d]);
                }
            }
        }
    }

    private void writeQuantum(MemorySegment data, long at, int d, byte quantum) {
        if (cache.type() == KvType.INT8) {
            data.set(BYTE, at + d, quantum);
        } else {
            int other = data.get(BYTE, at + d / 2) & (d % 2 == 0 ? 0xf0 : 0x0f);
            data.set(BYTE, at + d / 2, (byte) (other | (quantum << (d % 2 * 4))));
        }
    }
}
