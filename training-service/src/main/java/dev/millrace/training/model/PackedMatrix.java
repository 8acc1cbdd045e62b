package dev.millrace.training.model;

import java.lang.foreign.MemorySegment;

/** A matrix in fewer bits than float32's. */
interface PackedMatrix {
    long rows();

    int columns();

    /**
     * Widens rows [from, to). Several threads may widen at a time.
     *
     * @param out float32, [to - from, columns]
     */
    void widen(long from, long to, MemorySegment out);
}
