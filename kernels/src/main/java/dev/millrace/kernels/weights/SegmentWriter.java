package dev.millrace.kernels.weights;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** Writes memory to a file, however much it is: a buffer holds at most 2 GB. */
public final class SegmentWriter {
    private static final int PIECE = 1 << 28;

    private SegmentWriter() {}

    /** Writes all of it where the channel stands. */
    public static void write(FileChannel channel, MemorySegment bytes) throws IOException {
        for (long from = 0; from < bytes.byteSize(); from += PIECE) {
            ByteBuffer piece = bytes.asSlice(from, Math.min(PIECE, bytes.byteSize() - from))
                    .asByteBuffer();
            while (piece.hasRemaining()) {
                channel.write(piece);
            }
        }
    }
}
