package dev.millrace.kernels.compute;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.MemorySegment;

/**
 * A step's positions and block tables where C can read them.
 *
 * @param tables the tables one after the other
 * @param tableStarts where each begins
 */
record NativeBatch(MemorySegment positions, MemorySegment sequences, MemorySegment tables, MemorySegment tableStarts) {
    static NativeBatch of(TokenBatch batch, NativeScratch scratch) {
        int tokens = batch.tokens();
        // the arrays may be longer than what this step uses: rows behind its last sequence are none of ours
        int sequences = 0;
        for (int token = 0; token < tokens; token++) {
            sequences = Math.max(sequences, batch.sequence()[token] + 1);
        }
        int blocks = 0;
        for (int s = 0; s < sequences; s++) {
            blocks += batch.blockTables()[s].length;
        }
        MemorySegment all = scratch.bytes(4L * (2L * tokens + sequences + blocks));
        MemorySegment position = all.asSlice(0, 4L * tokens);
        MemorySegment sequence = all.asSlice(4L * tokens, 4L * tokens);
        MemorySegment starts = all.asSlice(8L * tokens, 4L * sequences);
        MemorySegment tables = all.asSlice(8L * tokens + 4L * sequences, 4L * blocks);
        MemorySegment.copy(batch.position(), 0, position, JAVA_INT, 0, tokens);
        MemorySegment.copy(batch.sequence(), 0, sequence, JAVA_INT, 0, tokens);
        int start = 0;
        for (int s = 0; s < sequences; s++) {
            int[] table = batch.blockTables()[s];
            starts.setAtIndex(JAVA_INT, s, start);
            MemorySegment.copy(table, 0, tables, JAVA_INT, 4L * start, table.length);
            start += table.length;
        }
        return new NativeBatch(position, sequence, tables, starts);
    }

    /** The table of one sequence. */
    MemorySegment table(int sequence) {
        return tables.asSlice(4L * tableStarts.getAtIndex(JAVA_INT, sequence));
    }
}
