package dev.millrace.inference.model;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** What a step computes on: made once for the largest step, overwritten by each. All float32, [tokens, ...]. */
final class Scratch {
    /** How many a step may have. */
    final int tokens;

    /** [width] the hidden state that layers add to */
    final MemorySegment x;

    /** [width] its norm; also the rows that were asked for, at the end */
    final MemorySegment normed;

    /** [width] what a half of a layer adds */
    final MemorySegment delta;

    /** [heads * headSize] */
    final MemorySegment queries;

    /** [kvHeads * headSize] */
    final MemorySegment keys;

    final MemorySegment values;

    /** [heads * headSize] */
    final MemorySegment attended;

    /** [ffnWidth] */
    final MemorySegment gate;

    final MemorySegment up;

    /** [vocabulary] */
    final MemorySegment logits;

    /** [width] */
    final MemorySegment hidden;

    // lists made once: the hot path hands them on
    final List<MemorySegment> queryKeyValue;
    final List<MemorySegment> gateUp;
    final List<MemorySegment> toDelta;
    final List<MemorySegment> toLogits;

    Scratch(DecoderDescription description, int vocabularySize, int tokens, Arena arena) {
        this.tokens = tokens;
        int queryWidth = description.heads() * description.headSize();
        int keyWidth = description.kvHeads() * description.headSize();
        x = floats(tokens, description.width(), arena);
        normed = floats(tokens, description.width(), arena);
        delta = floats(tokens, description.width(), arena);
        queries = floats(tokens, queryWidth, arena);
        keys = floats(tokens, keyWidth, arena);
        values = floats(tokens, keyWidth, arena);
        attended = floats(tokens, queryWidth, arena);
        gate = floats(tokens, description.ffnWidth(), arena);
        up = floats(tokens, description.ffnWidth(), arena);
        logits = floats(tokens, vocabularySize, arena);
        hidden = floats(tokens, description.width(), arena);
        queryKeyValue = List.of(queries, keys, values);
        gateUp = List.of(gate, up);
        toDelta = List.of(delta);
        toLogits = List.of(logits);
    }

    /** Bytes of it all, logits left out: few steps want more than a few rows of them. */
    static long bytes(DecoderDescription description, int tokens) {
        long perToken = 4L * description.width()
                + 2L * description.heads() * description.headSize()
                + 2L * description.kvHeads() * description.headSize()
                + 2L * description.ffnWidth();
        return 4 * perToken * tokens;
    }

    /** Outputs of the matrices that share an input, together, where they are most. */
    static int widest(DecoderDescription description) {
        int attention = (description.heads() + 2 * description.kvHeads()) * description.headSize();
        return Math.max(Math.max(attention, 2 * description.ffnWidth()), description.width());
    }

    private static MemorySegment floats(int tokens, int width, Arena arena) {
        return arena.allocate(4L * tokens * width);
    }
}
