package dev.millrace.inference.schedule;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * What a sequence starts with: token ids, and spans where embeddings stand in.
 *
 * @param ids [tokens]; {@link #EMBEDDED} where an embedding stands
 * @param spans in order, apart from each other
 */
@SuppressWarnings("ArrayRecordComponent") // made once per request and only read
public record Prompt(int[] ids, List<Span> spans) {
    /** Stands for an embedding among token ids. */
    public static final int EMBEDDED = -1;

    private static final byte[] NOTHING = {};

    /**
     * Embeddings that stand in for tokens.
     *
     * @param start position of the first
     * @param rows how many
     * @param values [rows, width] float32, off-heap
     * @param digest names what was encoded, for the cache
     */
    @SuppressWarnings("ArrayRecordComponent") // as above
    public record Span(int start, int rows, MemorySegment values, byte[] digest) {
        /** The row at {@code position}. */
        public MemorySegment row(int position) {
            long bytes = values.byteSize() / rows;
            return values.asSlice((position - start) * bytes, bytes);
        }
    }

    public Prompt {
        spans = List.copyOf(spans);
        if (ids.length == 0) {
            throw new IllegalArgumentException("prompt must hold at least one token, was empty");
        }
    }

    public static Prompt of(int... ids) {
        return new Prompt(ids, List.of());
    }

    /** What decides the keys and values of {@code [from, to)} beside ids: which embeddings stand where. */
    byte[] extra(int from, int to) {
        if (spans.isEmpty()) {
            return NOTHING;
        }
        ByteArrayOutputStream extra = new ByteArrayOutputStream();
        for (Span span : spans) {
            if (span.start() < to && span.start() + span.rows() > from) {
                extra.writeBytes(ByteBuffer.allocate(Long.BYTES)
                        .putInt(span.start() - from)
                        .putInt(span.digest().length)
                        .array());
                extra.writeBytes(span.digest());
            }
        }
        return extra.toByteArray();
    }
}
