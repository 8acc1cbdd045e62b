package dev.millrace.training.model;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * A matrix in 4-bit NormalFloat, as bitsandbytes packs it: row after row, blocks of 64 elements share a scale, their largest
 * magnitude; the scales, less their mean, are in 8 bits by blocks of 256 (double quantisation).
 *
 * @see <a href="https://arxiv.org/abs/2305.14314">QLoRA, section 3 and appendix E</a>
 * @see <a href="https://github.com/bitsandbytes-foundation/bitsandbytes/blob/main/bitsandbytes/functional.py">bitsandbytes,
 *     quantize_4bit and create_dynamic_map</a>
 */
final class NormalFloat4 implements PackedMatrix {
    static final int BLOCK = 64;
    static final int SCALE_BLOCK = 256;

    /** Quantiles of a normal distribution, the outermost at 1, with a zero among them. */
    private static final float[] VALUES = {
        -1.0f,
        -0.6961928f,
        -0.52507305f,
        -0.3949175f,
        -0.28444138f,
        -0.18477343f,
        -0.091050036f,
        0.0f,
        0.0795803f,
        0.1609302f,
        0.2461123f,
        0.33791524f,
        0.44070983f,
        0.562617f,
        0.72295684f,
        1.0f
    };

    private static final float[] SCALE_VALUES = dynamicValues();
    /** No scale is smaller: a block of zeros has one too. */
    private static final float TINIEST = 1e-38f;

    private final long rows;
    private final int columns;
    /** Two elements a byte, the first in the high half. */
    private final MemorySegment quanta;

    private final byte[] scaleQuanta;
    private final float[] scaleScales;
    private final float meanScale;

    private NormalFloat4(
            long rows, int columns, MemorySegment quanta, byte[] scaleQuanta, float[] scaleScales, float meanScale) {
        this.rows = rows;
        this.columns = columns;
        this.quanta = quanta;
        this.scaleQuanta = scaleQuanta;
        this.scaleScales = scaleScales;
        this.meanScale = meanScale;
    }

    /** Rounds what stands in the room. */
    static NormalFloat4 of(PackedMatrix matrix, Room room) {
        room.reserve(matrix.rows() * matrix.columns());
        return of(room.widen(matrix, 0, matrix.rows()), matrix.rows(), matrix.columns());
    }

    /** @param values float32, [rows, columns] */
    static NormalFloat4 of(MemorySegment values, long rows, int columns) {
        long elements = rows * columns;
        int blocks = Math.toIntExact(Math.ceilDiv(elements, BLOCK));
        MemorySegment quanta = Arena.ofAuto().allocate((long) blocks * BLOCK / 2);
        float[] scales = new float[blocks];
        IntStream.range(0, Math.ceilDiv(blocks, SCALE_BLOCK)).parallel().forEach(part -> {
            float[] block = new float[BLOCK];
            for (int b = part * SCALE_BLOCK; b < Math.min(blocks, (part + 1) * SCALE_BLOCK); b++) {
                long at = (long) b * BLOCK;
                int size = (int) Math.min(BLOCK, elements - at);
                Arrays.fill(block, size, BLOCK, 0);
                MemorySegment.copy(values, ValueLayout.JAVA_FLOAT, 4 * at, block, 0, size);
                scales[b] = highest(block, 0, size);
                float inverse = 1 / Math.max(scales[b], TINIEST);
                for (int i = 0; i < BLOCK; i += 2) {
                    int pair = nearest(VALUES, block[i] * inverse) << 4 | nearest(VALUES, block[i + 1] * inverse);
                    quanta.set(ValueLayout.JAVA_BYTE, (at + i) / 2, (byte) pair);
                }
            }
        });
        double sum = 0;
        for (float scale : scales) {
            sum += scale;
        }
        float mean = (float) (sum / blocks);
        byte[] scaleQuanta = new byte[blocks];
        float[] scaleScales = new float[Math.ceilDiv(blocks, SCALE_BLOCK)];
        for (int b = 0; b < blocks; b++) {
            scales[b] -= mean;
        }
        for (int part = 0; part < scaleScales.length; part++) {
            int end = Math.min(blocks, (part + 1) * SCALE_BLOCK);
            scaleScales[part] = Math.max(highest(scales, part * SCALE_BLOCK, end), TINIEST);
            for (int b = part * SCALE_BLOCK; b < end; b++) {
                scaleQuanta[b] = (byte) nearest(SCALE_VALUES, scales[b] / scaleScales[part]);
            }
        }
        return new NormalFloat4(rows, columns, quanta, scaleQuanta, scaleScales, mean);
    }

    private static float highest(float[] values, int from, int to) {
        float highest = 0;
        for (int i = from; i < to; i++) {
            highest = Math.max(highest, Math.abs(values[i]));
        }
        return highest;
    }

    /** The index of the value that lies nearest, the lower one of two as near. */
    private static int nearest(float[] values, float x) {
        int low = 0;
        for (int high = values.length - 1; low < high; ) {
            int middle = (low + high) >>> 1;
            if (x > (values[middle] + values[middle + 1]) / 2) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /**
     * What 8 bits stand for: signed, 0 and 1 among them; the smaller a value's decimal exponent, the fewer there are of it.
     *
     * @see <a href="https://arxiv.org/abs/1511.04561">8-bit approximations for parallelism in deep learning</a>
     */
    static float[] dynamicValues() {
        float[] values = new float[256];
        int at = 0;
        for (int exponent = 0; exponent < 7; exponent++) {
            int parts = 1 << exponent;
            for (int i = 0; i < parts; i++) {
                float middle = (boundary(i, parts) + boundary(i + 1, parts)) / 2;
                float value = (float) Math.pow(10, exponent - 6) * middle;
                values[at++] = value;
                values[at++] = -value;
            }
        }
        values[at++] = 0;
        values[at] = 1;
        Arrays.sort(values);
        return values;
    }

    /** One of {@code parts + 1} points from 0.1 to 1. */
    private static float boundary(int i, int parts) {
        return (float) (0.1 + 0.9 * i / parts);
    }

    @Override
    public long rows() {
        return rows;
    }

    @Override
    public int columns() {
        return columns;
    }

    private float scale(long block) {
        return SCALE_VALUES[scaleQuanta[(int) block] & 0xff] * scaleScales[(int) (block / SCALE_BLOCK)] + meanScale;
    }

    @Override
    public void widen(long from, long to, MemorySegment out) {
        float[] block = new float[BLOCK];
        long start = from * columns;
        long end = to * columns;
        // where rows aren't whole blocks, the first and the last one are in part another's
        for (long b = start / BLOCK; b * BLOCK < end; b++) {
            float scale = scale(b);
            long bytes = b * (BLOCK / 2);
            for (int i = 0; i < BLOCK / 2; i++) {
                int pair = quanta.get(ValueLayout.JAVA_BYTE, bytes + i);
                block[2 * i] = VALUES[(pair >>> 4) & 15] * scale;
                block[2 * i + 1] = VALUES[pair & 15] * scale;
            }
            long first = Math.max(start, b * BLOCK);
            int size = (int) (Math.min(end, (b + 1) * BLOCK) - first);
            int skipped = (int) (first - b * BLOCK);
            MemorySegment.copy(block, skipped, out, ValueLayout.JAVA_FLOAT, 4 * (first - start), size);
        }
    }

    /** Two elements a byte. */
    byte[] quanta() {
        return quanta.toArray(ValueLayout.JAVA_BYTE);
    }

    byte[] scaleQuanta() {
        return scaleQuanta.clone();
    }
}
